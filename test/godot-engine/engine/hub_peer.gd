extends MultiplayerPeerExtension
## Makes a game that cannot listen, such as one in a browser, the multiplayer server. The packets of all its clients travel
## through one WebSocket, to the hub of the test (ours/hub.ts). A message: its kind in a byte, a client's id in four, a payload.

## A client wants to join, has left, has sent a packet; then what the server sends: it has admitted, refused, disconnected a
## client, or sends it a packet.
enum Kind { JOIN, LEFT, FROM, ADMIT, REFUSE, KICK, TO }

const HEAD_SIZE := 5
const BUFFER_SIZE := 8 << 20

var _socket := WebSocketPeer.new()
## The ids of the clients, as keys.
var _clients: Dictionary[int, bool] = {}
## What has arrived: [id, packet].
var _arrived: Array[Array] = []
## Clients that have left. They are removed by the next poll: the multiplayer reads what they sent before.
var _leaving: Array[int] = []
var _target := 0
var _mode := TRANSFER_MODE_RELIABLE
var _channel := 0
var _is_refusing := false


func open(url: String) -> Error:
	_socket.inbound_buffer_size = BUFFER_SIZE
	_socket.outbound_buffer_size = BUFFER_SIZE
	return _socket.connect_to_url(url)


func _poll() -> void:
	while _leaving.size() > 0:
		_remove(_leaving.pop_front())
	_socket.poll()
	while _socket.get_available_packet_count() > 0:
		var message := _socket.get_packet()
		_receive(message[0] as Kind, message.decode_s32(1), message.slice(HEAD_SIZE))


func _receive(kind: Kind, id: int, payload: PackedByteArray) -> void:
	match kind:
		Kind.JOIN when _is_refusing:
			_send(Kind.REFUSE, id)
		Kind.JOIN:
			_clients[id] = true
			_send(Kind.ADMIT, id)
			peer_connected.emit(id)
		Kind.LEFT:
			_leaving.append(id)
		Kind.FROM when _clients.has(id):
			_arrived.append([id, payload])


func _remove(id: int) -> void:
	if _clients.erase(id):
		peer_disconnected.emit(id)


func _send(kind: Kind, id: int, payload := PackedByteArray()) -> Error:
	var message := PackedByteArray()
	message.resize(HEAD_SIZE)
	message[0] = kind
	message.encode_s32(1, id)
	message.append_array(payload)
	return _socket.send(message)


func _put_packet_script(packet: PackedByteArray) -> Error:
	if _target > 0:
		return _send(Kind.TO, _target, packet) if _clients.has(_target) else ERR_INVALID_PARAMETER
	for id in _clients:
		if id != -_target:
			_send(Kind.TO, id, packet)
	return OK


func _get_available_packet_count() -> int:
	return _arrived.size()


func _get_packet_peer() -> int:
	return _arrived[0][0] if _arrived.size() > 0 else 0


func _get_packet_script() -> PackedByteArray:
	return _arrived.pop_front()[1]


func _disconnect_peer(id: int, force: bool) -> void:
	_send(Kind.KICK, id)
	_arrived = _arrived.filter(func(arrival: Array) -> bool: return arrival[0] != id)
	if force:
		_clients.erase(id)
	else:
		_remove(id)


func _close() -> void:
	_socket.close()
	_clients.clear()
	_arrived.clear()


func _get_connection_status() -> ConnectionStatus:
	match _socket.get_ready_state():
		# A server without clients is connected, too.
		WebSocketPeer.STATE_CONNECTING, WebSocketPeer.STATE_OPEN:
			return CONNECTION_CONNECTED
	return CONNECTION_DISCONNECTED


func _get_unique_id() -> int:
	return TARGET_PEER_SERVER


func _is_server() -> bool:
	return true


func _is_server_relay_supported() -> bool:
	return true


func _get_max_packet_size() -> int:
	return BUFFER_SIZE


func _set_target_peer(id: int) -> void:
	_target = id


func _set_refuse_new_connections(refuses: bool) -> void:
	_is_refusing = refuses


func _is_refusing_new_connections() -> bool:
	return _is_refusing


func _set_transfer_mode(mode: TransferMode) -> void:
	_mode = mode


func _get_transfer_mode() -> TransferMode:
	return _mode


func _set_transfer_channel(channel: int) -> void:
	_channel = channel


func _get_transfer_channel() -> int:
	return _channel


func _get_packet_mode() -> TransferMode:
	return TRANSFER_MODE_RELIABLE


func _get_packet_channel() -> int:
	return 0
