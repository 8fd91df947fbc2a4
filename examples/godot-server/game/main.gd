extends Control
## The game as a client has it. Every rule is the server's: this tells where the player wants to go, and shows what it is
## told. The server declares all @rpc functions of this script by the same names, in game-server.ts.

const Field := preload("res://field.gd")
const Scores := preload("res://scores.gd")

## Where the server is for a game that was started from the editor. On the web it is where the page came from.
const LOCAL_URL := "ws://127.0.0.1:9080"
const HOW_TO_START := "Start it with: npm run example -- godot-server"
const FIRST_NAMES: PackedStringArray = ["Amber", "Brisk", "Clever", "Dapper", "Eager", "Fuzzy", "Golden", "Happy", "Jolly", "Lucky"]
const LAST_NAMES: PackedStringArray = ["Badger", "Crane", "Dingo", "Ferret", "Gecko", "Heron", "Lynx", "Otter", "Panda", "Robin"]

## As in main.tscn.
const MARGIN := 12.0
const GAP := 16.0
const SIDE_WIDTH := 200.0

var is_in := false
var _told_direction := Vector2.ZERO

@onready var _scenes := multiplayer as SceneMultiplayer
@onready var _field: Field = %Field
@onready var _scores: Scores = %Scores
@onready var _layout: BoxContainer = %Layout
@onready var _side: Control = %Side
@onready var _clock: Label = %Clock
@onready var _clock_note: Label = %ClockNote
@onready var _hint: Label = %Hint
@onready var _status: Label = %Status
@onready var _entrance: Control = %Entrance
@onready var _message: Label = %Message
@onready var _name_edit: LineEdit = %NameEdit
@onready var _url_edit: LineEdit = %UrlEdit
@onready var _play: Button = %Play


func _ready() -> void:
	_scenes.auth_callback = _on_auth_data
	_scenes.peer_authenticating.connect(_on_peer_authenticating)
	multiplayer.connected_to_server.connect(_on_connected)
	multiplayer.connection_failed.connect(_on_connection_failed)
	multiplayer.server_disconnected.connect(_on_server_disconnected)
	_play.pressed.connect(join)
	_name_edit.text_submitted.connect(join.unbind(1))
	_url_edit.text_submitted.connect(join.unbind(1))
	resized.connect(_arrange)

	var on_web := OS.has_feature("web")
	_url_edit.visible = not on_web
	_url_edit.text = LOCAL_URL
	if on_web:
		# http becomes ws, and https wss: a page of the one kind may not open a socket of the other.
		_url_edit.text = JavaScriptBridge.eval("new URL('play', location.href.replace(/^http/, 'ws')).href")
		get_window().content_scale_factor = DisplayServer.screen_get_scale()
	_name_edit.text = "%s %s" % [Array(FIRST_NAMES).pick_random(), Array(LAST_NAMES).pick_random()]
	if DisplayServer.is_touchscreen_available():
		_hint.text = "Press and hold on the field to walk there."
	_arrange()
	_wait_at_entrance("Collect more coins than the others.")


func _physics_process(_delta: float) -> void:
	if not is_in:
		return
	var direction := _wanted_direction()
	if direction != _told_direction:
		_told_direction = direction
		steer.rpc_id(1, direction)


## Comes in under the name in the form.
func join() -> void:
	var peer := WebSocketMultiplayerPeer.new()
	var error := peer.create_client(_url_edit.text)
	if error != OK:
		_wait_at_entrance("%s is no address of a server: %s" % [_url_edit.text, error_string(error)])
		return
	multiplayer.multiplayer_peer = peer
	_play.disabled = true
	_play.text = "Connecting …"


func leave(message: String) -> void:
	multiplayer.multiplayer_peer.close()
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	_wait_at_entrance(message)


# ---------------------------------------------------------------- what the server and its clients call

## The server's: where a player walks. A direction is at most 1 long.
@rpc("any_peer")
func steer(_direction: Vector2) -> void:
	pass


## Who is there, with `id`, `name`, `place` and `score`: whenever that has changed.
@rpc
func roster(all: Array[Dictionary]) -> void:
	_scores.show_scores(all, multiplayer.get_unique_id())
	_field.name_players(all, multiplayer.get_unique_id())


## Where everybody and everything is: thirty times a second.
@rpc
func state(is_playing: bool, seconds_left: float, positions: Dictionary[int, Vector2], coins: PackedVector2Array) -> void:
	_field.show_state(positions, coins)
	var seconds := ceili(seconds_left)
	@warning_ignore("integer_division")
	_clock.text = "%d:%02d" % [seconds / 60, seconds % 60]
	_clock_note.text = "left" if is_playing else "break"
	_field.banner = "" if is_playing else _scores.verdict()


## Somebody got a coin.
@rpc
func taken(id: int, at: Vector2) -> void:
	_field.celebrate(id, at)


# ---------------------------------------------------------------- coming and going

func _on_peer_authenticating(id: int) -> void:
	_scenes.send_auth(id, _name_edit.text.to_utf8_buffer())


## The server answers with a welcome, or with the reason why not.
func _on_auth_data(id: int, data: PackedByteArray) -> void:
	var answer := data.get_string_from_utf8()
	if answer == "welcome":
		_scenes.complete_auth(id)
	else:
		leave.call_deferred(answer)


func _on_connected() -> void:
	is_in = true
	_told_direction = Vector2.ZERO
	_entrance.hide()
	_status.text = "Connected"
	_status.add_theme_color_override("font_color", Color("5cc98c"))


func _on_connection_failed() -> void:
	_wait_at_entrance("No server answers at %s\n%s" % [_url_edit.text, HOW_TO_START])


func _on_server_disconnected() -> void:
	_wait_at_entrance("The server has gone.\n%s" % HOW_TO_START if is_in else "The server did not let us in.")


func _wait_at_entrance(message: String) -> void:
	is_in = false
	_message.text = message
	_play.disabled = false
	_play.text = "Play"
	_status.text = "Not connected"
	_status.remove_theme_color_override("font_color")
	_clock.text = ""
	_clock_note.text = ""
	_scores.show_scores([], 0)
	_field.clear()
	_entrance.show()
	_name_edit.grab_focus()
	_name_edit.select_all()


# ---------------------------------------------------------------- input and layout

func _wanted_direction() -> Vector2:
	var keys := Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")
	keys.x += float(Input.is_physical_key_pressed(KEY_D)) - float(Input.is_physical_key_pressed(KEY_A))
	keys.y += float(Input.is_physical_key_pressed(KEY_S)) - float(Input.is_physical_key_pressed(KEY_W))
	if keys == Vector2.ZERO:
		keys = _field.pointer_direction()
	# Steps of a tenth: a hand that trembles need not be told sixty times a second.
	return keys.limit_length(1.0).snapped(Vector2(0.1, 0.1)).limit_length(1.0)


## The field as large as it can be, with the scores beside it, or below where there is more room.
func _arrange() -> void:
	var room := size - Vector2(MARGIN, MARGIN) * 2.0
	var is_tall := room.x < room.y * 1.2
	var width := room.x if is_tall else minf(room.x - SIDE_WIDTH - GAP, room.y * Field.SIZE.aspect())
	_field.custom_minimum_size = Vector2(width, width / Field.SIZE.aspect())
	_layout.vertical = is_tall
	_side.custom_minimum_size = Vector2.ZERO if is_tall else Vector2(SIDE_WIDTH, 0)
	_side.size_flags_vertical = SIZE_EXPAND_FILL if is_tall else SIZE_FILL
