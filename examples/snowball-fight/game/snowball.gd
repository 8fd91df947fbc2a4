extends Node2D
## A snowball in flight. It has no synchronizer: it flies straight, and the server despawns it.

const Player := preload("res://player.gd")

const RADIUS := 7.0
## As in fight.ts.
const FLIGHT_TIME := 1.1

var velocity := Vector2.ZERO
var place := 0
var _age := 0.0


func _process(delta: float) -> void:
	_age = minf(_age + delta, FLIGHT_TIME)
	position += velocity * delta
	queue_redraw()


func _draw() -> void:
	var height := sin(_age / FLIGHT_TIME * PI) * 22.0
	draw_circle(Vector2(0, 5), RADIUS * 0.9, Color(0.1, 0.2, 0.35, 0.22), true, -1.0, true)
	var middle := Vector2(0, -height)
	draw_circle(middle, RADIUS + 1.6, Player.color_of(place).darkened(0.1), true, -1.0, true)
	draw_circle(middle, RADIUS, Color.WHITE, true, -1.0, true)
