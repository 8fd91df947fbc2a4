extends Node
## What concerns everybody. The server writes it.

var seconds_left := 0
var news := ""
