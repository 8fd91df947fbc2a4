extends "res://client.gd"
## The game of the replication tests: a world that can be entered late, and what the tests do and look at in it.

const WORLD := "/root/World"

var _world: Node


## Loads the world, into /root beside Main.
func enter(path := "res://world.tscn") -> void:
	_world = load(path).instantiate()
	get_tree().root.add_child(_world)


func start_random(number: int) -> void:
	seed(number)


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


## All units and squads that a peer sees, with their properties; 0: all that are here.
func dump(id := 0) -> Dictionary:
	var found := {}
	for unit: Node in at("Units").get_children():
		if _sees(id, unit):
			found["Units/%s" % unit.name] = unit_state(unit)
	for squad: Node in at("Squads").get_children():
		if not _sees(id, squad):
			continue
		found["Squads/%s" % squad.name] = squad.title
		for member: Node in squad.get_node("Members").get_children():
			if _sees(id, member):
				found["Squads/%s/Members/%s" % [squad.name, member.name]] = unit_state(member)
	return found


func _sees(id: int, node: Node) -> bool:
	var sync: MultiplayerSynchronizer = node.get_node("Sync")
	return id == 0 or sync.public_visibility or sync.get_visibility_for(id)


func unit_state(unit: Node) -> Array:
	return [unit.position.x, unit.position.y, unit.hp, unit.title, unit.tags, unit.table]


## Random changes of the world; `ids` may see a unit, 0 stands for all. Squads are not hidden: the engine spawns what is in
## a hidden node also where that node is not, which is an error there.
func change_often(times: int, ids: Array) -> void:
	for time in times:
		_change(ids)


func _change(ids: Array) -> void:
	var squads := at("Squads").get_children()
	var units := at("Units").get_children()
	for squad: Node in squads:
		units.append_array(squad.get_node("Members").get_children())
	var unit: Node = units.pick_random() if units.size() > 0 else null
	var squad: Node = squads.pick_random() if squads.size() > 0 else null
	var names := ["u", "v", "w1", "x09"]
	match randi() % 12:
		0, 1:
			add("Units", "res://unit.tscn", names.pick_random(), {"hp": randi() % 10, "title": "t%d" % randi()})
		2:
			add("Squads", "res://squad.tscn", names.pick_random(), {"title": str(randi())})
		3, 4 when squad != null:
			add("Squads/%s/Members" % squad.name, "res://unit.tscn", names.pick_random(), {"hp": randi() % 10})
		5 when unit != null:
			unit.free()
		6 when squad != null and randf() < 0.3:
			squad.free()
		7 when unit != null:
			unit.hp = randi() % 10
		8 when unit != null:
			unit.tags.append(randi() % 10)
		9 when unit != null:
			unit.table[["a", "b"].pick_random()] = randi() % 10
		10 when unit != null:
			unit.position = Vector2(randi() % 10, 1)
		11 when unit != null:
			unit.get_node("Sync").set_visibility_for(ids.pick_random(), randf() < 0.5)
