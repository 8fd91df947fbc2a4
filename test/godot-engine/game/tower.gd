extends Node2D
## Two synchronizers of one node, one of which few peers see, and a third one for what is inside.

var hp: int = 10
var ammo: int = 5
