extends Node
## The game as a client has it: it connects, says that it is ready, and shows what the server spawns and synchronizes.

const Player := preload("res://player.gd")
const Snowball := preload("res://snowball.gd")
const SnowballScene := preload("res://snowball.tscn")

## Where the server is for a game that was started from the editor. On the web it is where the page came from.
const LOCAL_URL := "ws://127.0.0.1:9080"
const HOW_TO_START := "Start it with: npm run example -- snowball-fight"
const FIRST_NAMES: PackedStringArray = ["Amber", "Brisk", "Clever", "Dapper", "Eager", "Fuzzy", "Golden", "Happy", "Jolly", "Lucky"]
const LAST_NAMES: PackedStringArray = ["Badger", "Crane", "Dingo", "Ferret", "Gecko", "Heron", "Lynx", "Otter", "Panda", "Robin"]
const MARGIN := 12.0
const SIDE_WIDTH := 200.0

@onready var _arena: Node2D = $Arena
@onready var _players: Node2D = $Arena/Players
@onready var _round: Node = $Round
@onready var _side: Control = %Side
@onready var _clock: Label = %Clock
@onready var _scores: VBoxContainer = %Scores
@onready var _news: Label = %News
@onready var _hint: Label = %Hint
@onready var _entrance: Control = %Entrance
@onready var _message: Label = %Message
@onready var _name_edit: LineEdit = %NameEdit
@onready var _url_edit: LineEdit = %UrlEdit
@onready var _play: Button = %Play


func _ready() -> void:
	$SnowballSpawner.spawn_function = _make_snowball
	$SnowballSpawner.despawned.connect(func(ball: Node) -> void: _arena.splash(ball.position))
	multiplayer.connected_to_server.connect(_on_connected)
	multiplayer.connection_failed.connect(func() -> void: leave("No server answers at %s\n%s" % [_url_edit.text, HOW_TO_START]))
	multiplayer.server_disconnected.connect(func() -> void: leave("The server has gone.\n%s" % HOW_TO_START))
	_play.pressed.connect(join)
	_name_edit.text_submitted.connect(join.unbind(1))
	_url_edit.text_submitted.connect(join.unbind(1))
	get_viewport().size_changed.connect(_arrange)

	var on_web := OS.has_feature("web")
	_url_edit.visible = not on_web
	_url_edit.text = LOCAL_URL
	if on_web:
		# http becomes ws, and https wss: a page of the one kind may not open a socket of the other.
		_url_edit.text = JavaScriptBridge.eval("new URL('play', location.href.replace(/^http/, 'ws')).href")
		get_window().content_scale_factor = DisplayServer.screen_get_scale()
	_name_edit.text = "%s %s" % [Array(FIRST_NAMES).pick_random(), Array(LAST_NAMES).pick_random()]
	if DisplayServer.is_touchscreen_available():
		_hint.text = "Press and hold to walk there. Tap to throw."
	_arrange()
	_wait_at_entrance("Three hits bury a player in snow.")


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


## The server's: this client's world is there, and it wants to play.
@rpc("any_peer")
func enter(_player_name: String) -> void:
	pass


## The spawn function: the server sends the data, and every client makes the node.
func _make_snowball(data: Dictionary) -> Node:
	var ball: Snowball = SnowballScene.instantiate()
	ball.position = data.position
	ball.velocity = data.velocity
	ball.place = data.place
	return ball


func _on_connected() -> void:
	enter.rpc_id(1, _name_edit.text)
	_entrance.hide()
	_name_edit.release_focus()


func _wait_at_entrance(message: String) -> void:
	_message.text = message
	_play.disabled = false
	_play.text = "Play"
	_entrance.show()
	_name_edit.grab_focus()
	_name_edit.select_all()


func _process(_delta: float) -> void:
	var seconds: int = _round.seconds_left
	@warning_ignore("integer_division")
	_clock.text = "%d:%02d" % [seconds / 60, seconds % 60]
	_news.text = _round.news
	_show_scores()


func _show_scores() -> void:
	var all := _players.get_children()
	all.sort_custom(func(one: Player, other: Player) -> bool: return one.score > other.score or (one.score == other.score and one.place < other.place))
	while _scores.get_child_count() < all.size():
		_scores.add_child(_new_row())
	for index in _scores.get_child_count():
		var row := _scores.get_child(index)
		row.visible = index < all.size()
		if row.visible:
			var player: Player = all[index]
			row.get_child(0).modulate = Player.color_of(player.place)
			row.get_child(1).text = "%s (you)" % player.player_name if player.is_mine() else player.player_name
			row.get_child(2).text = str(player.score)


func _new_row() -> Control:
	var row := HBoxContainer.new()
	var dot := Panel.new()
	var style := StyleBoxFlat.new()
	style.bg_color = Color.WHITE
	style.set_corner_radius_all(6)
	dot.add_theme_stylebox_override("panel", style)
	dot.custom_minimum_size = Vector2(12, 12)
	dot.size_flags_vertical = Control.SIZE_SHRINK_CENTER
	row.add_child(dot)
	var name_label := Label.new()
	name_label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	name_label.clip_text = true
	name_label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	row.add_child(name_label)
	var score := Label.new()
	score.add_theme_color_override("font_color", Color("ffc53d"))
	row.add_child(score)
	return row


## The field as large as it can be, with the scores beside it, or below where there is more room.
func _arrange() -> void:
	var size := get_viewport().get_visible_rect().size
	var room := Rect2(Vector2(MARGIN, MARGIN), size - Vector2(MARGIN, MARGIN) * 2.0)
	if room.size.x < room.size.y * 1.2:
		_arena.fit(room)
		var top: float = _arena.position.y + 600.0 * _arena.scale.y + MARGIN
		_side.offset_left = MARGIN
		_side.offset_top = top
	else:
		room.size.x -= SIDE_WIDTH + MARGIN
		_arena.fit(room)
		_side.offset_left = size.x - MARGIN - SIDE_WIDTH
		_side.offset_top = MARGIN
	_side.offset_right = -MARGIN
	_side.offset_bottom = -MARGIN
