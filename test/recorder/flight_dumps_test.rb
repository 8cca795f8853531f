# frozen_string_literal: true

# Traces that a flight recorder writes while the program goes on: it asks for them, an exception or
# a signal does.
#
# Each lies in a folder of its own, below that of the recording.
require_relative "flight_case"

class FlightDumpsTest < FlightCase
  parallelize_me!

  def test_the_program_asks_for_dumps
    run = fly("1MiB", <<~'RUBY', "--", "-I", File.join(ROOT, "lib"))
      require "codetracer/recorder"
      3.times do |n|
        CodeTracer.dump("number #{n}") or abort "no flight recorder"
      end
      def last(n)
        n
      end
      last(7)
    RUBY
    assert_equal "exit 0", run.ending, run.to_s
    [1, 2, 3].each do |number|
      folder = in_folder("trace/dumps/#{number}")
      wait_for(File.join(folder, "trace_info.json"))
      assert_includes checked_events(folder), "number #{number - 1}; let go before this: "
      refute_includes checked_events(folder), "call last"
      assert_equal "../..", facts(folder)["parent"]["folder"]
    end
  end

  def test_named_exceptions_ask_for_dumps
    fly("1MiB", <<~'RUBY', "--on-exception", "Shop::Closed,KeyError")
      module Shop
        class Closed < StandardError; end
        class Sunday < Closed; end
      end
      begin
        raise Shop::Sunday, "later"
      rescue Shop::Closed
        {}.fetch(:a) rescue nil
      end
      Integer("x") rescue nil
      20.times { {}.fetch(:b) rescue nil }
    RUBY
    wait_for(in_folder("trace/dumps/10/trace_info.json"))
    first = checked_events(in_folder("trace/dumps/1"))
    assert_includes first, "Shop::Sunday was raised"
    assert_match(/event 11 .*Shop::Sunday: later/, first)
    assert_includes checked_events(in_folder("trace/dumps/2")), "KeyError was raised"
    refute_path_exists in_folder("trace/dumps/11")
  end

  def test_a_signal_asks_for_a_dump
    program = write_program("program.rb", <<~'RUBY')
      puts "ready"
      $stdout.flush
      gets
    RUBY
    run = record("--flight-recorder", "1MiB", "--dump-signal", "USR2", program) do |pid, input, out|
      assert_equal "ready\n", out.gets
      Process.kill(:USR2, pid)
      wait_for(in_folder("trace/dumps/1/trace_info.json"))
      input.puts
    end
    assert_equal "exit 0", run.ending, run.to_s
    assert_includes checked_events(in_folder("trace/dumps/1")), "a signal asked for it"
  end
end
