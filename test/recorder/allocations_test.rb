# frozen_string_literal: true

# A program that is told of each object that is made is told the same under record, whenever it asks
# for that, and although the recorder lets the VM make objects the short way.
#
# Up to Ruby 3.1 the VM makes them the long way while anybody listens to the collector.
require_relative "recorder_case"

class AllocationsTest < RecorderCase
  parallelize_me!

  PROGRAM = <<~'RUBY'
    require "objspace"
    def made
      line = nil
      objects = Array.new(100) { line = __LINE__; Object.new }
      objects << "a" + "b" << [1] << { a: 1 }
      GC.start
      places = objects.map do |object|
        [ObjectSpace.allocation_sourceline(object), ObjectSpace.allocation_sourcefile(object)]
      end
      p line, places.uniq
    end
    class Before; X = Object.new; end
    made
    GC.start
    ObjectSpace.trace_object_allocations { made; class Within; X = Object.new; end; made }
    made
    ObjectSpace.trace_object_allocations_start
    eval("made")
    TracePoint.new(:class) { made }.enable { class After; end }
    made
    GC.start
    made
    ObjectSpace.trace_object_allocations_stop
    made
  RUBY

  # What is freed is told of to the recorder by a call of the VM, where the end of a mark phase is
  # told of to nobody else.
  FREED = <<~RUBY
    20.times do
      5000.times.map(&:to_s)
      GC.start
    end
    puts 1
  RUBY

  def test_no_hook_is_told_of_each_that_is_freed
    run = record(write_program("p.rb", FREED), env: { "CODETRACER_RUBY_TRACER_DEBUG" => "1" })
    assert run.status.success?, run.to_s
    assert_match(/identities by mark phase|freed objects are told of without a hook/, run.err)
  end

  def test_they_are_told_all_the_same
    path = write_program("p.rb", PROGRAM)
    plain = ruby(path)
    assert plain.status.success?, plain.to_s
    [[], ["--only", "#{@folder}/none.rb"]].each do |words|
      assert_same_run(plain, record(*words, path))
      checked_events if words.empty?
    end
  end
end
