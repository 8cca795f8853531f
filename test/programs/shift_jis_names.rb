# Shift_JIS, binary and broken text as symbols, hash keys, names of methods and variables, and as
# the path of a file.
require "tmpdir"

japanese = "\x93\xFA\x96\x7B".dup.force_encoding("Shift_JIS")
binary = "\xFF\x00raw".b
broken = "a\xC3z"
symbols = [japanese.to_sym, binary.to_sym]
begin
  symbols << broken.to_sym
rescue EncodingError => e
  puts e.class
end
table = { japanese => 1, binary => 2, broken => 3, symbols.first => 4, symbols.last => 5 }
puts table.keys.map { |key| key.to_s.bytesize }.inspect

class Store; end
Store.send(:define_method, japanese) { :block }
Store.class_eval("def \u65E5\u672C(\u540D)\n  @\u5024 = \u540D\nend")
store = Store.new
puts store.public_send(japanese), store.respond_to?(symbols.first)
puts store.日本(japanese).bytesize
store.instance_variable_set("@caf\u00E9", binary)
puts store.instance_variables.size

PATH = File.join(Dir.tmpdir.b, "\x93\xFA\xFF.rb".b)
File.binwrite(PATH, "def from_odd_path(text)\n  text.size\nend\n")
load PATH
puts from_odd_path("four"), File.basename(PATH).bytes.size
File.delete(PATH)
