import { expect, test } from 'vitest';
import {
  COIN_COUNT,
  CoinGame,
  FIELD,
  PAUSE_TIME,
  PLAYER_RADIUS,
  ROUND_TIME,
  SPEED,
} from '../../examples/godot-server/coin-game.ts';

/** All players start in the middle, and all coins are in a corner without players. */
function newGame(): CoinGame {
  const game = new CoinGame(() => 0.5);
  game.coins.fill({ x: 790, y: 590 });
  return game;
}

test('a player walks at its requested speed, at most at the maximum, and stays in the field', () => {
  const game = newGame();
  const player = game.join(5, 'Ada');
  expect(player.position).toEqual({ x: 400, y: 300 });
  game.steer(5, { x: 0.5, y: 0 });
  game.step(0.1);
  expect(player.position).toEqual({ x: 400 + SPEED * 0.05, y: 300 });
  game.steer(5, { x: -300, y: -400 });
  expect(player.direction).toEqual({ x: -0.6, y: -0.8 });
  for (let n = 0; n < 100; n++) game.step(0.1);
  expect(player.position).toEqual({ x: PLAYER_RADIUS, y: PLAYER_RADIUS });
});

test('a coin is taken by a player that touches it, counts, and moves elsewhere', () => {
  const game = newGame();
  const ada = game.join(5, 'Ada');
  game.join(7, 'Bob').position = { x: 100, y: 100 };
  game.coins[3] = { x: 401, y: 300 };
  expect(game.step(0)).toEqual([{ id: 5, at: { x: 401, y: 300 } }]);
  expect([ada.score, game.players.get(7)?.score]).toEqual([1, 0]);
  expect(game.coins).toHaveLength(COIN_COUNT);
  expect(game.coins[3]).toEqual({ x: FIELD.width / 2, y: FIELD.height / 2 });
});

test('after a round nothing counts until the next one, which begins with zero points', () => {
  const game = newGame();
  const ada = game.join(5, 'Ada');
  ada.score = 3;
  game.step(ROUND_TIME);
  expect([game.isPlaying, game.secondsLeft, ada.score]).toEqual([false, PAUSE_TIME, 3]);
  game.coins[0] = { x: 400, y: 300 };
  expect(game.step(0)).toEqual([]);
  game.coins[0] = { x: 790, y: 590 };
  game.step(PAUSE_TIME);
  expect([game.isPlaying, game.secondsLeft, ada.score]).toEqual([true, ROUND_TIME, 0]);
});

test('equal names are made different, and players that have left are forgotten', () => {
  const game = newGame();
  const names = [5, 7, 9].map((id) => game.join(id, 'Ada').name);
  expect(names).toEqual(['Ada', 'Ada 2', 'Ada 3']);
  game.leave(7);
  expect(game.join(11, 'Ada')).toMatchObject({ name: 'Ada 2', place: 1 });
  game.steer(7, { x: 1, y: 0 });
  expect([...game.players.keys()]).toEqual([5, 9, 11]);
});
