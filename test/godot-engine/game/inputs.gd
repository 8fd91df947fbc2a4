extends Node

var motion: Vector2 = Vector2.ZERO
var bombing: bool = false
