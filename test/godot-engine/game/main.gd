extends "res://client.gd"
## The game of the replication tests: a world that can be entered late, and what the tests do and look at in it.

const WORLD := "/root/World"

var _world: Node


## Loads the world, into /root beside Main.
func enter(path := "res://world.tscn") -> void:
	_world = load(path).instantiate()
	get_tree().root.add_child(_world)


func leave() -> void:
	super()
	if _world != null:
		_world.free()
		_world = null


func at(path: String) -> Node:
	return _world.get_node(path)


## A property of a node, as JSON has it; null while there is no such node.
func value(path: String, property: String) -> Variant:
	var node := _world.get_node_or_null(path)
	return null if node == null else plain(node.get_indexed(property))


func plain(data: Variant) -> Variant:
	match typeof(data):
		TYPE_VECTOR2:
			return [data.x, data.y]
		TYPE_PACKED_BYTE_ARRAY:
			return Array(data)
		TYPE_STRING_NAME:
			return str(data)
	return data


## The names of a node's children.
func names(path: String) -> Array:
	return at(path).get_children().map(func(node: Node) -> String: return str(node.name))


## Adds an instance of a scene, under a name that is free, after `method` was called on it. Returns the name.
func add(parent: String, scene: String, node_name: String, properties := {}, method := "") -> String:
	var node: Node = load(scene).instantiate()
	node.name = node_name
	for property: String in properties:
		node.set_indexed(property, properties[property])
	if method != "":
		node.call(method)
	at(parent).add_child(node, true)
	return node.name


## Removes a node at once.
func remove(path: String) -> void:
	at(path).free()


## Tells the signals of a spawner.
func watch_spawner(spawner: MultiplayerSpawner) -> void:
	spawner.spawned.connect(func(node: Node) -> void: tell("spawned", [spawner.name, node.name]))
	spawner.despawned.connect(func(node: Node) -> void: tell("despawned", [spawner.name, node.name]))


func brief(unit: Node) -> Array:
	return [unit.position.x, unit.position.y, unit.hp]
