# Strings that are not UTF-8, as locals, in collections and as symbols.
binary = "\xFF\x00\xFE".b
invalid = "a\xC3z"
latin = "caf\xE9".dup.force_encoding("ISO-8859-1")
japanese = "\u65E5\u672C".encode("Shift_JIS")
utf16 = "hi".encode("UTF-16LE")
ascii = "plain".encode("US-ASCII")
symbol = "\xE9".dup.force_encoding("ISO-8859-1").to_sym
key = { binary => invalid, symbol => latin }
emoji = "\u{1F600} ok"
control = "tab\t nul\0 esc\e"
puts [binary, invalid, latin, japanese, utf16, ascii, emoji, control].map(&:bytesize).inspect
puts key.size
