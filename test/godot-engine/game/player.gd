extends Node2D

var player_name: String = ""
var score: int = 0
var aim: Vector2 = Vector2.ZERO


func _enter_tree() -> void:
	$AimSync.set_multiplayer_authority(str(name).to_int())
	$Inputs/InputsSync.set_multiplayer_authority(str(name).to_int())


@rpc("any_peer", "call_local") func poke(text: String) -> void:
	get_node("/root/Main").tell_call("poke", [name, text])
