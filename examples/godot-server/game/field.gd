extends Control
## Draws the field at whatever size it has, and says where a pointer leads.

## As in coin-game.ts.
const SIZE := Vector2(800, 600)
const PLAYER_RADIUS := 20.0
const COIN_RADIUS := 11.0

const GROUND := Color("1f2a3d")
const DOT := Color("2b3850")
const GOLD := Color("ffc53d")
const GOLD_EDGE := Color("b97a10")
const INK := Color("e9eef6")

## A share of the way to where the server says, per second: hides that it says so only thirty times in one.
const CATCH_UP := 18.0
## Seconds that a "+1" is seen.
const POP_TIME := 0.8

## What has to be said in the middle. Empty while there is a game on.
var banner := ""

var _names: Dictionary[int, String] = {}
var _colors: Dictionary[int, Color] = {}
var _targets: Dictionary[int, Vector2] = {}
var _shown: Dictionary[int, Vector2] = {}
var _looks: Dictionary[int, Vector2] = {}
var _coins := PackedVector2Array()
var _pops: Array[Dictionary] = []
var _me := 0
var _time := 0.0
var _is_held := false
var _pointer := Vector2.ZERO


## The colour of a player's place, the same on every screen.
static func color_of(place: int) -> Color:
	return Color.from_ok_hsl(fmod(0.72 + place * 0.618034, 1.0), 0.85, 0.68)


func clear() -> void:
	show_state({}, PackedVector2Array())
	_shown.clear()
	_pops.clear()
	banner = ""


func name_players(all: Array[Dictionary], me: int) -> void:
	_me = me
	_names.clear()
	_colors.clear()
	for player in all:
		_names[player.id] = player.name
		_colors[player.id] = color_of(player.place)


func show_state(positions: Dictionary[int, Vector2], coins: PackedVector2Array) -> void:
	_targets = positions
	_coins = coins


func celebrate(id: int, at: Vector2) -> void:
	_pops.append({ "at": at, "age": 0.0, "color": _colors.get(id, GOLD) })


## From our player to where the field is pressed; zero when it is not.
func pointer_direction() -> Vector2:
	if not _is_held or not _shown.has(_me):
		return Vector2.ZERO
	var way := (_pointer - _on_screen(_shown[_me])) / _zoom()
	return (way / 40.0).limit_length(1.0) if way.length() > 8.0 else Vector2.ZERO


func _gui_input(event: InputEvent) -> void:
	if event is InputEventMouseButton and event.button_index == MOUSE_BUTTON_LEFT:
		_is_held = event.pressed
	if event is InputEventMouse:
		_pointer = event.position


func _process(delta: float) -> void:
	_time += delta
	for id: int in _shown.keys():
		if not _targets.has(id):
			_shown.erase(id)
	for id: int in _targets:
		var before: Vector2 = _shown.get(id, _targets[id])
		_shown[id] = before.lerp(_targets[id], 1.0 - exp(-CATCH_UP * delta))
		var way := _shown[id] - before
		if way.length() > 20.0 * delta:
			_looks[id] = _looks.get(id, Vector2.DOWN).lerp(way.normalized(), 1.0 - exp(-10.0 * delta))
	for pop in _pops:
		pop.age += delta
	_pops = _pops.filter(func(pop: Dictionary) -> bool: return pop.age < POP_TIME)
	queue_redraw()


# ---------------------------------------------------------------- drawing

## Points of the screen for one of the field's.
func _zoom() -> float:
	return minf(size.x / SIZE.x, size.y / SIZE.y)


func _on_screen(at: Vector2) -> Vector2:
	return (size - SIZE * _zoom()) / 2.0 + at * _zoom()


func _draw() -> void:
	_draw_ground()
	for index in _coins.size():
		_draw_coin(_coins[index], index)
	for id: int in _shown:
		if id != _me:
			_draw_player(id)
	if _shown.has(_me):
		_draw_player(_me)
	for pop in _pops:
		_draw_pop(pop)
	if banner != "":
		_draw_banner()


func _draw_ground() -> void:
	var style := StyleBoxFlat.new()
	style.bg_color = GROUND
	style.set_corner_radius_all(roundi(14 * _zoom()))
	draw_style_box(style, Rect2(_on_screen(Vector2.ZERO), SIZE * _zoom()))
	var dot := Vector2(3, 3) * _zoom()
	for x in range(50, 800, 50):
		for y in range(50, 600, 50):
			draw_rect(Rect2(_on_screen(Vector2(x, y)) - dot / 2.0, dot), DOT)


func _draw_coin(at: Vector2, index: int) -> void:
	var middle := _on_screen(at + Vector2(0, sin(_time * 3.0 + index) * 2.0))
	var radius := COIN_RADIUS * _zoom()
	draw_circle(_on_screen(at + Vector2(0, 9)), radius * 0.8, Color(0, 0, 0, 0.18))
	draw_circle(middle, radius, GOLD_EDGE, true, -1.0, true)
	draw_circle(middle, radius * 0.82, GOLD, true, -1.0, true)
	draw_arc(middle, radius * 0.5, PI * 0.95, PI * 1.6, 12, Color(1, 1, 1, 0.85), radius * 0.18, true)


func _draw_player(id: int) -> void:
	var middle := _on_screen(_shown[id])
	var radius := PLAYER_RADIUS * _zoom()
	var color: Color = _colors.get(id, INK)
	var look: Vector2 = _looks.get(id, Vector2.DOWN)
	draw_circle(middle + Vector2(0, radius * 0.35), radius, Color(0, 0, 0, 0.2))
	if id == _me:
		draw_circle(middle, radius * 1.22, Color(1, 1, 1, 0.9), true, -1.0, true)
	draw_circle(middle, radius * 1.04, color.darkened(0.35), true, -1.0, true)
	draw_circle(middle, radius * 0.92, color, true, -1.0, true)
	for side: float in [-1.0, 1.0]:
		var eye := middle + Vector2(side * 0.36, -0.1) * radius + look * radius * 0.22
		draw_circle(eye, radius * 0.25, Color.WHITE, true, -1.0, true)
		draw_circle(eye + look * radius * 0.1, radius * 0.13, Color("141923"), true, -1.0, true)
	_draw_text(_names.get(id, ""), middle - Vector2(0, radius * 1.5), 15, INK)


func _draw_pop(pop: Dictionary) -> void:
	var share: float = pop.age / POP_TIME
	var middle := _on_screen(pop.at)
	var color: Color = pop.color
	color.a = 1.0 - share
	draw_arc(middle, (COIN_RADIUS + 34.0 * share) * _zoom(), 0, TAU, 40, color, 3.0 * _zoom(), true)
	_draw_text("+1", middle - Vector2(0, 40.0 * share * _zoom()), 20, Color(GOLD, 1.0 - share))


func _draw_banner() -> void:
	var middle := _on_screen(SIZE / 2.0)
	var height := 96.0 * _zoom()
	draw_rect(Rect2(_on_screen(Vector2.ZERO).x, middle.y - height / 2.0, SIZE.x * _zoom(), height), Color(0.05, 0.07, 0.11, 0.82))
	_draw_text(banner, middle + Vector2(0, 10.0 * _zoom()), 30, GOLD)


## Centred above `at`. Text does not shrink below what can be read.
func _draw_text(text: String, at: Vector2, font_size: int, color: Color) -> void:
	var font := get_theme_default_font()
	var points := maxi(11, roundi(font_size * _zoom()))
	var width := font.get_string_size(text, HORIZONTAL_ALIGNMENT_LEFT, -1, points).x
	var left := clampf(at.x - width / 2.0, 2.0, maxf(2.0, size.x - width - 2.0))
	var place := Vector2(left, at.y)
	draw_string_outline(font, place, text, HORIZONTAL_ALIGNMENT_LEFT, -1, points, 5, Color(0.05, 0.07, 0.11, color.a * 0.8))
	draw_string(font, place, text, HORIZONTAL_ALIGNMENT_LEFT, -1, points, color)
