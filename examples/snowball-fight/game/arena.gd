extends Node2D
## Draws the field, and the splashes of snowballs that have ended.

## As in fight.ts.
const SIZE := Vector2(800, 600)
const SPLASH_TIME := 0.45

const SNOW := Color("e8f0f7")
const SHADE := Color("d3e0ec")
## Trees around the field, in its coordinates.
const TREES: Array[Vector2] = [Vector2(46, 66), Vector2(742, 54), Vector2(90, 540), Vector2(764, 520), Vector2(396, 40), Vector2(30, 300)]

var _splashes: Array[Dictionary] = []


func splash(at: Vector2) -> void:
	_splashes.append({ "at": at, "age": 0.0 })


## As large as it can be in `room`.
func fit(room: Rect2) -> void:
	var zoom := minf(room.size.x / SIZE.x, room.size.y / SIZE.y)
	scale = Vector2(zoom, zoom)
	position = room.position + Vector2((room.size.x - SIZE.x * zoom) / 2.0, 0)


func _process(delta: float) -> void:
	for one in _splashes:
		one.age += delta
	_splashes = _splashes.filter(func(one: Dictionary) -> bool: return one.age < SPLASH_TIME)
	queue_redraw()


func _draw() -> void:
	var style := StyleBoxFlat.new()
	style.bg_color = SNOW
	style.set_corner_radius_all(14)
	draw_style_box(style, Rect2(Vector2.ZERO, SIZE))
	# Drifts: the same ones on every screen.
	var random := RandomNumberGenerator.new()
	random.seed = 7
	for drift in 46:
		var at := Vector2(random.randf_range(40, 760), random.randf_range(40, 560))
		draw_arc(at, random.randf_range(8, 22), PI * 1.15, PI * 1.85, 14, SHADE, 3.0, true)
	for tree in TREES:
		_draw_tree(tree)
	for one in _splashes:
		var share: float = one.age / SPLASH_TIME
		for ray in 8:
			var way := Vector2.from_angle(TAU * ray / 8.0 + 0.3) * (8.0 + 26.0 * share)
			draw_circle(one.at + way, 5.0 * (1.0 - share) + 0.8, Color("9fb8cd"), true, -1.0, true)
			draw_circle(one.at + way, 4.0 * (1.0 - share), Color.WHITE, true, -1.0, true)


func _draw_tree(at: Vector2) -> void:
	draw_circle(at + Vector2(0, 20), 17.0, Color(0.1, 0.2, 0.35, 0.14), true, -1.0, true)
	draw_rect(Rect2(at + Vector2(-3, 14), Vector2(6, 10)), Color("6b4a34"))
	for layer in 3:
		var top := at + Vector2(0, -30 + layer * 13)
		var half := 11.0 + layer * 5.0
		draw_colored_polygon(PackedVector2Array([top, top + Vector2(half, 20), top + Vector2(-half, 20)]), Color("3d7a5c"))
		draw_colored_polygon(PackedVector2Array([top, top + Vector2(half * 0.42, 8), top + Vector2(-half * 0.42, 8)]), Color.WHITE)
