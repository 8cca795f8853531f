# Values that no word of their own describes, held by others that stay as they are: each line shows
# the holder as it is by then.
require "stringio"

class Holder
  def initialize(part)
    @part = part
    @list = [part]
  end
end

# `holder` stays the same object; so does its part.
def lock(mutex, holder)
  mutex.lock
  mutex.unlock
  holder
end

def queue(queue, holder)
  queue << 1
  queue << 2
  queue.pop
  holder
end

def replace_stream(stream, holder, other)
  stream.reopen(other)
  holder
end

def finish(thread, holder)
  thread.join
  thread.name = "named"
  holder
end

def give_variable(object, holder)
  object.instance_variable_set(:@given, 1)
  object.instance_variable_set(:@given, 2)
  holder
end

# Parts that stay, in lists that change.
def replace(list)
  list[0] = 2**80
  list[0] = -(2**80)
  list[0] = 3r
  list[0] = 2i
  list[0] = (1..4)
  list[0] = (1...4)
  list[0] = Range.new([1], [2])
  list[0].begin << 3
  list[0] = "dynamic #{list.size}".to_sym
  list[0] = Time.at(0)
  list[0] = Time.at(1, 5)
  list[0] = Time.at(2r / 3)
  list[0] = Encoding::UTF_8
  list[0] = /a/
  list[0] = /a/i
  list
end

def match(list)
  list << "a1b22".match(/(\d)(x)?/)
  list << "a1b22".match(/(\d\d)/)
  "zzz".match(/z/) { |found| list << found }
  list.shift
  list
end

# The newest match's object may be used for the next one.
def match_again(texts)
  texts.each do |text|
    text =~ /(\w)(\d)/
    found = $~
    text.sub(/\d/) { $&.succ }
    found
  end
end

def call(list)
  list << proc { 1 }
  list << lambda { 2 }
  list << list.method(:push)
  list << Array.instance_method(:pop)
  list << list.each
  list
end

# A class has a name from when a constant holds it.
def name_class(holder)
  klass = Class.new
  objects = [klass, klass.new, klass.singleton_class]
  Object.const_set(:NamedLate, klass)
  others = [Module.new]
  Object.const_set(:NamedLater, others[0])
  Kernel.const_set(:Inner, klass)
  [holder, objects, others]
end

def singletons(holder)
  list = [Holder.singleton_class, holder.singleton_class]
  list << list[0].singleton_class
  list
end

# What is no plain object may have instance variables as well.
def give_variables(list, table, text)
  all = [list, table, text, 1..2]
  list.instance_variable_set(:@given, 1)
  list.instance_variable_set(:@given, 2)
  list << 1
  table.instance_variable_set(:@given, [1])
  table.instance_variable_get(:@given) << 2
  table[:a] = 1
  text.instance_variable_set(:@given, text)
  text << "x"
  list.remove_instance_variable(:@given)
  all
end

mutex = Mutex.new
lock(mutex, Holder.new(mutex))
numbers = Queue.new
queue(numbers, Holder.new(numbers))
stream = $stdin
replace_stream(stream, Holder.new(stream), __FILE__)
gate = Queue.new
thread = Thread.new { gate.pop }
holder = Holder.new(thread)
gate << 1
finish(thread, holder)
text = StringIO.new("in memory")
give_variable(text, Holder.new(text))
replace([1])
match([])
match_again(%w[a1 b2 c3])
call([])
name_class(1)
singletons(Holder.new(1))
give_variables([], {}, +"text")
