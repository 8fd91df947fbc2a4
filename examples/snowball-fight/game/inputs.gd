extends Node2D
## What a player wants. Its authority is the player's client, so these properties travel from there to the server.

## Where to walk; at most 1 long.
var motion := Vector2.ZERO
## Where to throw.
var aim := Vector2.DOWN
## Counts the throws. A count is state, so none is lost: a flag that is true for one frame could be.
var throws := 0

## A press that is shorter, in seconds, throws; a longer one walks.
const TAP_TIME := 0.22

var _press_time := -1.0


func _ready() -> void:
	set_process(is_multiplayer_authority())
	set_process_unhandled_input(is_multiplayer_authority())


func _process(delta: float) -> void:
	var keys := Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")
	keys.x += float(Input.is_physical_key_pressed(KEY_D)) - float(Input.is_physical_key_pressed(KEY_A))
	keys.y += float(Input.is_physical_key_pressed(KEY_S)) - float(Input.is_physical_key_pressed(KEY_W))
	if _press_time >= 0.0:
		_press_time += delta
		if _press_time > TAP_TIME:
			keys = _to_pointer() / 60.0
	motion = keys.limit_length(1.0)


func _unhandled_input(event: InputEvent) -> void:
	if event is InputEventMouseButton and event.button_index == MOUSE_BUTTON_LEFT:
		if event.pressed:
			_press_time = 0.0
		else:
			if _press_time <= TAP_TIME:
				_throw(_to_pointer())
			_press_time = -1.0
	elif event is InputEventKey and event.physical_keycode == KEY_SPACE and event.pressed and not event.is_echo():
		_throw(_to_pointer() if motion == Vector2.ZERO else motion)


func _throw(direction: Vector2) -> void:
	if direction != Vector2.ZERO:
		aim = direction.normalized()
		throws += 1


func _to_pointer() -> Vector2:
	return get_local_mouse_position()
