# frozen_string_literal: true

# Starts, pauses, resumes, stops and intervals, over and over: nothing is left of any.
#
# CYCLES says how often (200); `make long` takes 10,000.
require_relative "api_case"

class CyclesTest < ApiCase
  parallelize_me!

  CYCLES = Integer(ENV.fetch("CYCLES", "200"))
  WARM_COUNT = 20
  # What leaks does so in each round; the collector's own pages come now and then (on Ruby 3.4 for
  # the first thousands of cycles), so one round without growth is enough.
  PROGRAM = <<~'RUBY'
    class Methods
      50.times { |i| class_eval "def m#{i}(a)\n b = [a, 'text']\n b\nend", __FILE__, 1 }
    end

    def state
      3.times { GC.start }
      children = File.read("/proc/self/task/#{Process.pid}/children")
      [children.split.size, Dir.children("/proc/self/fd").size, Thread.list.size,
       ObjectSpace.each_object(TracePoint).count]
    end

    def kilobytes
      GC.start
      File.read("/proc/self/status")[/RssAnon:\s+(\d+)/, 1].to_i # without the spool
    end

    def check(count, warm)
      warm.times { |i| yield i }
      before = state
      grown = []
      until grown.size >= 3 && grown.min < 512 || grown.size >= 15
        held = kilobytes
        (count / 3).times { |i| yield i }
        grown << (kilobytes - held)
      end
      after = state
      puts after.zip(before).all? { |now, then_| now <= then_ } ? "kept" : [before, after].inspect
      puts grown.min < 512 ? "flat" : grown.inspect
    end
    methods = Methods.new
  RUBY
  WORK = "methods.m1(i); methods.m2(\"x\")"

  def test_starts_pauses_resumes_and_stops
    cycle(<<~RUBY, cycles: CYCLES)
      CodeTracer.start(out_dir: "t", quiet: true)
      #{WORK}
      CodeTracer.pause
      #{WORK}
      CodeTracer.resume
      #{WORK}
      CodeTracer.stop
    RUBY
  end

  def test_pauses_of_one_recording
    skip_where_the_vm_leaks
    cycle(<<~RUBY, before: "CodeTracer.start(out_dir: 't', quiet: true)", cycles: CYCLES * 5)
      CodeTracer.pause
      #{WORK}
      CodeTracer.resume
      #{WORK}
    RUBY
  end

  def test_intervals
    skip_where_the_vm_leaks
    start = "CodeTracer.start(out_dir: 't', quiet: true, from: 'Methods#m1', sample: '1/3')"
    cycle(<<~RUBY, before: start, cycles: CYCLES * 5)
      #{WORK}
    RUBY
    assert_operator events("t").scan("interval begins").size, :>=, CYCLES * 5 / 3 if CYCLES < 1000
  end

  SECONDS_MAX = 3600

  private

  def skip_where_the_vm_leaks
    skip "each TracePoint for one method leaks in the VM itself" if RUBY_VERSION < "3.0"
  end

  def cycle(text, cycles:, before: "")
    run_program("#{PROGRAM}#{before}\ncheck(#{cycles}, #{WARM_COUNT}) do |i|\n#{text}end\n",
                seconds_max: SECONDS_MAX)
    assert_equal "kept\nflat\n", @run.out, @run.to_s
    verified = Command.run(CTRACE, "verify", "--wait", in_folder("t"), seconds_max: SECONDS_MAX)
    assert_equal "exit 0", verified.ending, verified.to_s
  end
end
