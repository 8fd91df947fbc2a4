extends Node

var tick: int = 0
var speed: float = 1.0
var label: String = ""
var flags: PackedByteArray = []
var table: Dictionary = {}
var list: Array = []
## How many of them have arrived.
var syncs := 0
var deltas := 0


func _ready() -> void:
	$StateSync.synchronized.connect(func() -> void: syncs += 1)
	$StateSync.delta_synchronized.connect(func() -> void: deltas += 1)


func put(key: Variant, item: Variant) -> void:
	table[key] = item


func push(item: Variant) -> void:
	list.append(item)
