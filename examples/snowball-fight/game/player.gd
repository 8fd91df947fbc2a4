extends Node2D
## A player. The server moves it; the client after which it is named writes its inputs.

const RADIUS := 20.0
const INK := Color("22303f")
## A share of the way to where the server says, per second: hides that it says so only thirty times in one.
const CATCH_UP := 18.0

var health := 3:
	set(value):
		if value < health:
			_pain = 1.0
		health = value
var score := 0
var player_name := ""
var place := 0

var _shown := Vector2.INF
var _look := Vector2.DOWN
var _pain := 0.0


## The colour of a player's place, the same on every screen.
static func color_of(number: int) -> Color:
	return Color.from_ok_hsl(fmod(0.06 + number * 0.618034, 1.0), 0.9, 0.58)


func _enter_tree() -> void:
	$Inputs.set_multiplayer_authority(name.to_int())


func is_mine() -> bool:
	return $Inputs.is_multiplayer_authority()


func _process(delta: float) -> void:
	if _shown.distance_to(position) > 150.0: # also INF: it has come, or come back
		_shown = position
	var before := _shown
	_shown = _shown.lerp(position, 1.0 - exp(-CATCH_UP * delta))
	var way := _shown - before
	if way.length() > 20.0 * delta:
		_look = _look.lerp(way.normalized(), 1.0 - exp(-10.0 * delta))
	_pain = maxf(0.0, _pain - delta * 2.5)
	z_index = 1 if is_mine() else 0
	queue_redraw()


func _draw() -> void:
	var middle := _shown - position
	var color := color_of(place)
	draw_circle(middle + Vector2(0, RADIUS * 0.4), RADIUS, Color(0.1, 0.2, 0.35, 0.16), true, -1.0, true)
	if health <= 0:
		_draw_heap(middle)
	else:
		if is_mine():
			draw_circle(middle, RADIUS * 1.24, Color("ffc53d"), true, -1.0, true)
		draw_circle(middle, RADIUS * 1.04, color.darkened(0.35), true, -1.0, true)
		draw_circle(middle, RADIUS * 0.92, color.lerp(Color.WHITE, _pain), true, -1.0, true)
		for side: float in [-1.0, 1.0]:
			var eye := middle + Vector2(side * 0.36, -0.08) * RADIUS + _look * RADIUS * 0.22
			draw_circle(eye, RADIUS * 0.25, Color.WHITE, true, -1.0, true)
			draw_circle(eye + _look * RADIUS * 0.1, RADIUS * 0.13, Color("141923"), true, -1.0, true)
		# A cap with a bobble.
		draw_arc(middle, RADIUS * 0.92, PI * 1.12, PI * 1.88, 24, color.darkened(0.35), RADIUS * 0.3, true)
		draw_circle(middle - Vector2(0, RADIUS * 1.16), RADIUS * 0.24, Color.WHITE, true, -1.0, true)
		for heart in 3:
			var at := middle + Vector2((heart - 1) * 11.0, RADIUS * 1.55)
			draw_circle(at, 4.2, Color("e5484d") if heart < health else Color(0.13, 0.19, 0.25, 0.2), true, -1.0, true)
	_draw_name(middle - Vector2(0, RADIUS * 1.6))


func _draw_heap(middle: Vector2) -> void:
	for lump: Vector3 in [Vector3(-0.55, 0.3, 0.62), Vector3(0.55, 0.34, 0.6), Vector3(0, 0.1, 0.8)]:
		var at := middle + Vector2(lump.x, lump.y) * RADIUS
		draw_circle(at, lump.z * RADIUS + 1.5, Color("a9bfd2"), true, -1.0, true)
		draw_circle(at, lump.z * RADIUS, Color.WHITE, true, -1.0, true)


## Centred above `at`.
func _draw_name(at: Vector2) -> void:
	var font := ThemeDB.fallback_font
	var points := 15
	# Text does not shrink below what can be read.
	var zoom := get_global_transform().get_scale().x
	if points * zoom < 11.0:
		points = ceili(11.0 / zoom)
	var width := font.get_string_size(player_name, HORIZONTAL_ALIGNMENT_LEFT, -1, points).x
	var start := at - Vector2(width / 2.0, 0)
	draw_string_outline(font, start, player_name, HORIZONTAL_ALIGNMENT_LEFT, -1, points, 5, Color(1, 1, 1, 0.85))
	draw_string(font, start, player_name, HORIZONTAL_ALIGNMENT_LEFT, -1, points, INK)
