# More kinds of values in Ruby's core, and what stands inside of them.
require "set"

class Box
  def initialize(content)
    @content = content
  end

  def content(extra = nil)
    extra || @content
  end

  def self.of(content)
    new(content)
  end
end

def failing
  raise KeyError, "inner"
rescue KeyError
  raise ArgumentError, "outer"
end

begin
  failing
rescue ArgumentError => e
  with_cause = e
end
box = Box.of(1..2)
unbound = Box.instance_method(:content)
methods = [box.method(:content), unbound, Box.method(:of), 1.method(:+)]
procs = [proc { |x| x }, ->(x) { x }, :upcase.to_proc, methods.first.to_proc]
match = /(?<year>\d+)-(?<month>\d+)?/.match("on 2024-")
regexps = [//, /a/x, %r{/}, /\u3042/, Regexp.union("a", "b")]
ranges = [(1..nil), (nil..1), (nil..nil), (1...1), (1.0..2.0), ("a".."c"), Range.new(1, 5, true)]
numbers = [3r, 2i, Complex(1.5, -0.0), Rational(-1, 10**30), 1e100, 0.1 + 0.2]
sets = [Set.new, Set[1, [2], Set[3]]]
times = [Time.at(0).utc, Time.at(1, 500_000).utc, Time.at(0).localtime("+09:00")]
iterators = [[1].each, (1..3).each_slice(2), (1..nil).lazy.map { |x| x * 2 }, 1.step(9, 2)]
waiters = [Thread::Mutex.new, Thread::Queue.new, Thread::SizedQueue.new(1), ConditionVariable.new]
running = [Thread.current, Thread.current.group]
files = [$stdin, Dir.new("."), File.stat("."), $stderr.external_encoding]
modules = [Comparable, Module.new, Class.new(Box), Box.singleton_class, Kernel, BasicObject]
encodings = [Encoding::UTF_8, Encoding::Shift_JIS, Encoding::Converter.new("UTF-8", "UTF-16")]
others = [Random.new(1), ObjectSpace::WeakMap.new, binding, Object.new, ENV, ARGF, main = self]
puts [methods, procs, regexps, ranges, numbers, sets, times, iterators].map(&:size).inspect
puts [waiters, running, files, modules, encodings, others].map(&:size).inspect
puts with_cause.cause.class, match[:year], match[:month].inspect, main
