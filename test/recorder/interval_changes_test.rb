# frozen_string_literal: true

# Intervals that a signal handler opens or closes while one is being opened or closed.
#
# With a recorder in whose calls the handler comes, halfway.
require "minitest"
require_relative "../../lib/codetracer/intervals"

class IntervalChangesTest < Minitest::Test
  class Halting
    attr_reader :marks
    attr_accessor :handler

    def initialize
      @is_on = true
      @marks = []
    end

    def running?
      true
    end

    def on?
      @is_on
    end

    def pause
      halt(:pause)
      @is_on = false
    end

    def resume
      halt(:resume)
      @is_on = true
    end

    def event(text, _kind, mark)
      halt(:event)
      raise "lost: #{mark} #{text}" unless on?

      @marks << "#{mark[/\w+$/]} #{text[/\d+/]}"
    end

    private

    # The handler comes once.
    def halt(place)
      handler, @handler = @handler, nil
      handler ? handler.call(place) : nil
    end
  end

  def setup
    @recorder = Halting.new
    @intervals = CodeTracer::Intervals.new(@recorder)
    @intervals.wait
  end

  %i[resume pause event].each do |place|
    define_method("test_an_end_within_#{place}") do
      within(place) { @intervals.end }
      within(place) { @intervals.end_all }
    end

    define_method("test_a_begin_within_#{place}") do
      within(place) { @intervals.begin("handler") }
    end
  end

  def test_what_switched_on_is_told_at_once_alone
    told = []
    @recorder.handler = ->(*) { @intervals.begin("handler") { told << :handler } }
    @intervals.begin("program") { told << :program }
    assert_equal [:program], told
  end

  private

  # Recording is on while an interval is open, and each mark has been written in order.
  def within(place, &handler)
    once = lambda do |at|
      at == place ? handler.call : @recorder.handler = once
    end
    @recorder.handler = once
    @intervals.begin("program")
    assert_equal @intervals.open?, @recorder.on?
    @intervals.end
    assert_equal @intervals.open?, @recorder.on?
    @intervals.end_all
    refute @recorder.on?
    ends, begins = @recorder.marks.partition { |mark| mark.start_with?("ends") }
    assert_equal begins.map { |mark| mark[/\d+/] }, ends.map { |mark| mark[/\d+/] }.sort
  end
end
