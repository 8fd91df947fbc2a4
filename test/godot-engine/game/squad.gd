extends Node

var title: String = ""


func _enter_tree() -> void:
	get_node("/root/Main").watch_spawner($MemberSpawner)
