# Top-level methods called like those of Kernel that every program uses.
def p(*texts)
  $stdout.write("p(#{texts.join(' ')})\n")
end

def puts(text)
  p text, :puts
end

def print(*)
  p "print"
  super
end

def start
  stop { call(1) }
end

def stop
  yield + 1
end

def call(number)
  number.class.name.size
end

def raise(*)
  p "raise"
  super
end

def binding
  p "binding"
  super
end

def caller(*)
  p "caller"
  []
end

def lambda
  p "lambda"
  yield
end

puts start
print "text\n"
begin
  raise ArgumentError, "raised"
rescue ArgumentError => e
  puts e.message
end
puts binding.class
puts caller.size
puts(lambda { 7 })
