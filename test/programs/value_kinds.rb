# One of each kind of value in Ruby's core.
require "set"

Point = Struct.new(:x, :y)
Keyed = Struct.new(:name, keyword_init: true)

class Thing
  def grow
    @later = :seen
    self
  end
end

def touch(*)
  :touched
end

point = Point.new(1, Point.new(2, nil))
keyed = Keyed.new(name: "key")
ranges = [1..2, 1...3, (1..), (..2), "a".."c"]
set = Set[1, :two]
regexp = /a(b)?/mi
match = regexp.match("xab")
klass = Thing
mod = Comparable
anonymous = Class.new
singleton = klass.singleton_class
exception = RuntimeError.new("not raised")
callable = method(:touch)
unbound = Thing.instance_method(:grow)
thing = Thing.new
grown = Thing.new.grow
thing.grow
encoding = Encoding::UTF_8
output = $stdout
time = Time.at(0).utc
enumerator = [1, 2].each
weak = ObjectSpace::WeakMap.new
constants = [nil, true, false, self.class]
touch(point, keyed, ranges, set, match, mod, anonymous, singleton, exception, callable, unbound,
      thing, grown, encoding, output, time, enumerator, weak, constants)
puts "kinds"
