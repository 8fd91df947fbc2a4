extends Node2D
## A player as many tutorials have it: all of it belongs to the peer that it is named after.

var hp: int = 3


func _enter_tree() -> void:
	set_multiplayer_authority(str(name).to_int())


@rpc("authority") func say(text: String) -> void:
	get_node("/root/Main").tell_call("say", [name, text])
