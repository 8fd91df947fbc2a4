extends Node
## What the script of every test begins with: it tells what happens, and does what the test asks for.

var _runner := JavaScriptBridge.create_callback(_run)


func _ready() -> void:
	multiplayer.connected_to_server.connect(func() -> void: tell("connected_to_server"))
	multiplayer.connection_failed.connect(func() -> void: tell("connection_failed"))
	multiplayer.server_disconnected.connect(func() -> void: tell("server_disconnected"))
	multiplayer.peer_connected.connect(func(id: int) -> void: tell("peer_connected", [id]))
	multiplayer.peer_disconnected.connect(func(id: int) -> void: tell("peer_disconnected", [id]))
	multiplayer.peer_authenticating.connect(func(id: int) -> void: tell("peer_authenticating", [id]))
	multiplayer.peer_authentication_failed.connect(func(id: int) -> void: tell("peer_authentication_failed", [id]))
	multiplayer.peer_packet.connect(func(id: int, packet: PackedByteArray) -> void: tell("peer_packet", [id, packet.hex_encode()]))
	JavaScriptBridge.get_interface("window").runInGame = _runner
	tell("ready")


func tell(what: String, values := []) -> void:
	print(what, " ", JSON.stringify(values))


## An RPC was called, by whom, with what.
func tell_call(what: String, values := []) -> void:
	tell(what, [multiplayer.get_remote_sender_id()] + values)


func join(url: String, buffer_size := 65535, queued_packets := 4096) -> Error:
	var peer := WebSocketMultiplayerPeer.new()
	peer.inbound_buffer_size = buffer_size
	peer.outbound_buffer_size = buffer_size
	peer.max_queued_packets = queued_packets
	var error := peer.create_client(url)
	if error == OK:
		multiplayer.multiplayer_peer = peer
	return error


## Becomes the multiplayer server of the clients that are connected to the hub at `url`.
func serve(url: String, relays := true) -> Error:
	var peer: MultiplayerPeerExtension = load("res://hub_peer.gd").new()
	var error: Error = peer.open(url)
	if error == OK:
		multiplayer.multiplayer_peer = null
		multiplayer.server_relay = relays
		multiplayer.multiplayer_peer = peer
	return error


## Takes part in authentication: to be called before `join` or `serve`.
func authenticate(seconds := 3.0) -> void:
	multiplayer.auth_timeout = seconds
	multiplayer.auth_callback = func(id: int, data: PackedByteArray) -> void: tell("auth", [id, data.get_string_from_utf8()])


## As a fresh game, without a connection.
func leave() -> void:
	multiplayer.multiplayer_peer.close()
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	multiplayer.auth_callback = Callable()


## The test's `run(expression)`, whose value it finds as JSON in `answer`.
func _run(arguments: Array) -> void:
	var window := JavaScriptBridge.get_interface("window")
	var expression := Expression.new()
	window.answer = null
	if expression.parse(arguments[0]) != OK:
		printerr("cannot parse ", arguments[0], ": ", expression.get_error_text())
		return
	var value: Variant = expression.execute([], self)
	if not expression.has_execute_failed():
		window.answer = JSON.stringify(value)
