# A file loaded twice, autoload, and a file that goes away after it was loaded.
require "tmpdir"

path = File.join(Dir.tmpdir, "loaded.rb")
File.write(path, "$loads = ($loads || 0) + 1\ndef loaded_method\n  $loads\nend\n")
load path
load path
puts loaded_method
File.write(path, "module Lazy\n  VALUE = 7\nend\n")
Object.autoload(:Lazy, path)
puts Lazy::VALUE
File.delete(path)
