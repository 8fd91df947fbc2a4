extends VBoxContainer
## The list of players, the best one first.

const Field := preload("res://field.gd")

var _sorted: Array[Dictionary] = []


func show_scores(all: Array[Dictionary], me: int) -> void:
	_sorted = all.duplicate()
	_sorted.sort_custom(func(one: Dictionary, other: Dictionary) -> bool: return one.score > other.score)
	for row in get_children():
		row.queue_free()
	for player in _sorted:
		add_child(_row(player, player.id == me))


## Who has won.
func verdict() -> String:
	if _sorted.is_empty() or _sorted[0].score == 0:
		return "Nobody wins"
	var best := _sorted.filter(func(player: Dictionary) -> bool: return player.score == _sorted[0].score)
	if best.size() > 1:
		return "A draw, with %d coins each" % best[0].score
	return "%s wins with %d coins" % [best[0].name, best[0].score]


func _row(player: Dictionary, is_me: bool) -> Control:
	var row := HBoxContainer.new()
	var dot := Panel.new()
	var style := StyleBoxFlat.new()
	style.bg_color = Field.color_of(player.place)
	style.set_corner_radius_all(6)
	dot.add_theme_stylebox_override("panel", style)
	dot.custom_minimum_size = Vector2(12, 12)
	dot.size_flags_vertical = SIZE_SHRINK_CENTER
	row.add_child(dot)

	var color := Color.WHITE if is_me else Color("b4bfce")
	var name_label := Label.new()
	name_label.text = "%s (you)" % player.name if is_me else player.name
	name_label.size_flags_horizontal = SIZE_EXPAND_FILL
	name_label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	name_label.clip_text = true
	name_label.add_theme_color_override("font_color", color)
	row.add_child(name_label)

	var score := Label.new()
	score.text = str(player.score)
	score.add_theme_color_override("font_color", Color("ffc53d"))
	row.add_child(score)
	return row
