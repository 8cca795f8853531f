# Symbols told apart from strings; operator and quoted ones.
plain = :plain
text = "plain"
quoted = :"with space"
operator = :+
setter = :name=
unicode = :"äö"
empty = :""
dynamic = "made_#{text}".to_sym
table = { plain => text, text => plain }
p plain == text, table.size, [quoted, operator, setter, unicode, empty, dynamic]
