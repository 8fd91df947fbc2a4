extends Node


func _enter_tree() -> void:
	$Spawner.spawn_function = _make_unit
	for spawner: MultiplayerSpawner in [$Spawner, $PlayerSpawner, $SquadSpawner, $OtherSpawner]:
		get_node("/root/Main").watch_spawner(spawner)


func _make_unit(data: Dictionary) -> Node:
	var unit: Node = load("res://unit.tscn").instantiate()
	unit.name = data.name
	unit.hp = 50
	unit.data = data
	unit.set_multiplayer_authority(data.get("owner", 1))
	return unit
