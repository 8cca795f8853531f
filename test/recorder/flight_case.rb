# frozen_string_literal: true

# What the tests of the flight recorder need: a program that has much to let go of, and what its
# trace tells.
#
# Who is killed, or goes on, does not wait for the trace: wait_for does.
require "json"
require_relative "recorder_case"

class FlightCase < RecorderCase
  WAIT_LOOKS_MAX = 2000 # of 10 ms

  LOOP = <<~'RUBY'
    class Till
      def initialize
        @sum = 0
      end

      def add(n)
        doubled = n * 2
        @sum += doubled
        check(doubled)
      end

      def check(value)
        value
      end
    end
    till = Till.new
    20_000.times do |n|
      till.add(n)
    end
  RUBY

  private

  def fly(limit, text, *words)
    program = write_program("program.rb", text)
    record("--flight-recorder", limit, *words, program)
  end

  def facts(folder = in_folder("trace"))
    JSON.parse(File.read(File.join(folder, "trace_info.json")))
  end

  def told
    facts["flight_recorder"]
  end

  # All frames that are open where the trace begins say what their variables are.
  def assert_whole_beginning(events)
    head = events.lines.take(60).join
    assert_match(/till = Till\{/, head)
    assert_match(/n = Integer:\d+/, head)
  end

  def wait_for(path)
    WAIT_LOOKS_MAX.times do
      return if File.exist?(path)

      sleep 0.01 # a process of nobody's writes it
    end
    flunk "#{path} does not come"
  end
end
