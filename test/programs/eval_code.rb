# Code from strings: with and without a file name, with a binding, in a class.
def with_binding(name)
  local = 3
  eval("local + name", binding, "(eval)", 1)
end

x = 1
eval("x += 1\ny = x * 2\nputs y")
puts eval("__FILE__ + ':' + __LINE__.to_s", binding, "template.erb", 10)
puts with_binding(4)
eval("def from_eval(a)\n  a + 1\nend")
puts from_eval(1)
String.class_eval { def shout; upcase + "!"; end }
puts "hi".shout
puts Object.new.instance_eval { @secret = 5; @secret }
begin
  eval("raise 'inside eval'")
rescue RuntimeError => e
  puts e.message
end
