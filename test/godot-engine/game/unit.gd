extends Node2D

var hp: int = 3
var tags: Array = []
var title: String = ""
var table: Dictionary = {}
## What the spawn function was given.
var data: Dictionary = {}
## What was called here.
var marks: Array = []
## What the synchronized properties were in _ready.
var first: Array = []


func _ready() -> void:
	first = [position.x, position.y, hp, title]


func push(item: Variant) -> void:
	tags.append(item)


func put(key: Variant, item: Variant) -> void:
	table[key] = item


@rpc("any_peer") func poke(text: String) -> void:
	get_node("/root/Main").tell_call("poke", [name, text])


@rpc("any_peer") func mark(number: int) -> void:
	marks.append(number)
