# frozen_string_literal: true

# The process around a recording of the API: threads, signals, forks, its end, and what is left of
# a recording when it is over.
#
# A program must find everything as it was, however often it has recorded.
require_relative "api_case"

class ApiProcessTest < ApiCase
  parallelize_me!

  SEVERAL_THREADS = <<~'RUBY'
    def work(n, depth = 0)
      depth < n ? work(n, depth + 1) : [n, depth]
    end
    options = { out_dir: "t", quiet: true }
    calls = [-> { CodeTracer.start(**options) }, -> { CodeTracer.stop },
             -> { CodeTracer.record(**options) { work(2) } }, -> { CodeTracer.pause },
             -> { CodeTracer.resume }, -> { CodeTracer.event("here") },
             -> { work(3) }, -> { eval("def late; [1]; end; late") }, -> { GC.start }]
    threads = Array.new(4) do |seed|
      random = Random.new(seed)
      Thread.new do
        100.times do
          calls.sample(random: random).call
          Thread.pass
        rescue RuntimeError => e
          raise unless e.message.include?("without a CodeTracer.start")
        end
      end
    end
    threads.each(&:join)
    CodeTracer.start(**options)
    CodeTracer.resume
    work(1)
    CodeTracer.stop while CodeTracer.recording?
    CodeTracer.record(**options) { work(1) }
  RUBY

  A_HUNDRED = <<~'RUBY'
    class Methods
      100.times { |i| class_eval "def m#{i}(a)\n b = [a, 'text']\n b\nend", __FILE__, 1 }
    end

    def record_one(object, number)
      CodeTracer.record(out_dir: "t", quiet: true) { object.m1(number) }
    end

    def state
      GC.start
      children = File.read("/proc/self/task/#{Process.pid}/children")
      [children, Dir.children("/proc/self/fd").size, Thread.list.size,
       ObjectSpace.each_object(TracePoint).count, File.readlines("/proc/self/maps").size]
    end

    def kilobytes
      File.read("/proc/self/statm").split[1].to_i * 4
    end

    object = Methods.new
    10.times { |i| record_one(object, i) }
    before = state
    # What leaks does so in each round; the collector's own pages come now and then.
    grown = Array.new(3) do
      held = kilobytes
      90.times { |i| record_one(object, i) }
      kilobytes - held
    end
    after = state
    kept = after[0] == before[0] && (1..3).all? { |i| after[i] <= before[i] }
    p kept ? :kept : [before, after]
    p after[4] - before[4] < 20, grown.min < 2048 ? true : grown
  RUBY

  def test_threads_that_run_already_are_recorded
    run_program(<<~'RUBY')
      commands, answers = Queue.new, Queue.new
      worker = Thread.new do
        while (n = commands.pop)
          square = n * n
          answers << square
        end
      end
      commands << 2
      answers.pop
      CodeTracer.record(out_dir: "t", quiet: true) do
        commands << 3
        answers.pop
      end
      commands << nil
      worker.join
    RUBY
    assert_match(/call <thread 1>/, events("t"))
    assert_match(/square = Integer:9/, events("t"))
    assert_match(/square = Integer:4/, events("t")) # what it still was on the first line
  end

  def test_a_thread_or_a_fiber_may_start_and_stop
    run_program(<<~RUBY)
      Thread.new { CodeTracer.start(out_dir: "t", quiet: true) }.join
      a = 1
      Fiber.new { CodeTracer.stop }.resume
      Fiber.new { CodeTracer.start(out_dir: "f", quiet: true) }.resume
      b = 2
      CodeTracer.stop
    RUBY
    assert_includes lines_of(events("t")), 2
    assert_includes lines_of(events("f")), 5
    assert_match(/^return NilClass:None/, events("t"))
  end

  # Whatever the order of their calls, every trace is a valid one and the last is over at the end.
  def test_calls_from_several_threads_at_once
    run_program(SEVERAL_THREADS)
    assert_equal "exit 0", @run.ending, @run.to_s
    assert_equal 2, events("t").scan("call work(").size
  end

  def test_a_signal_handler_may_start_and_stop
    run_program(<<~RUBY)
      trap("USR1") { CodeTracer.recording? ? CodeTracer.stop : CodeTracer.start(out_dir: "t") }
      Process.kill("USR1", Process.pid)
      sleep 0.001 until CodeTracer.recording?
      x = 1
      Process.kill("USR1", Process.pid)
      sleep 0.001 while CodeTracer.recording?
      puts "end"
    RUBY
    assert_equal "end\n", @run.out
    assert_includes lines_of(events("t")), 4
  end

  def test_exit_without_stop_completes_the_trace
    run_program("CodeTracer.start(out_dir: \"t\")\nat_exit { x = 1 }\nabort \"bye\"\n")
    assert_equal "exit 1", @run.ending
    shown = RUBY_VERSION < "3" ? "4 steps, 1 call" : "6 steps, 2 calls" # 2.7: no call of the block
    assert_match(/\Abye\ncodetracer: #{shown}, .*\n\z/, @run.err)
    assert_match(/event 2 "" "bye\\n"/, events("t"))
  end

  def test_a_forked_child_is_not_recorded_and_may_record_itself
    run_program(<<~RUBY)
      CodeTracer.record(out_dir: "t") do
        pid = fork do
          in_child = 1
          p CodeTracer.recording?
          CodeTracer.record(out_dir: "child", quiet: true) { in_recorded_child = 2 }
          CodeTracer.event("nowhere")
        end
        Process.wait(pid)
      end
      p :parent
    RUBY
    assert_equal "false\n:parent\n", @run.out
    refute_match(/nowhere|in_recorded_child = Integer/, events("t"))
    assert_equal [1, 5], lines_of(events("child"))
  end

  # Ruby's ensure runs in a child that returns from the block, too.
  def test_a_child_that_leaves_record
    run_program(<<~RUBY)
      pid = CodeTracer.record(out_dir: "t", quiet: true) { fork }
      puts pid ? "parent" : "child"
      CodeTracer.record(out_dir: pid ? "after" : "child", quiet: true) { 1 }
      Process.wait if pid
    RUBY
    assert_equal %w[child parent], @run.out.split.sort
    %w[t after child].each { |trace| events(trace) }
  end

  def test_the_program_keeps_its_surroundings
    run_program(<<~'RUBY')
      def state
        Signal.trap("INT", "DEFAULT")
        [ENV.to_h, Dir.children("/proc/self/fd").sort, $LOADED_FEATURES.dup, $stdout, $0,
         Signal.trap("INT", "DEFAULT"), Thread.list.size, $VERBOSE, GC.disable, global_variables]
      end
      CodeTracer.record(out_dir: "t", quiet: true) { 1 } # what is loaded lazily is there now
      GC.enable
      before = state
      CodeTracer.record(out_dir: "t", quiet: true) { p GC.enable }
      after = state
      p before == after, ($LOADED_FEATURES - FEATURES).all? { |file| file.include?("codetracer") }
      p $LOADED_FEATURES.count { |file| file.end_with?("codetracer/recorder.rb") }
    RUBY
    assert_equal "true\ntrue\ntrue\n1\n", @run.out
  end

  # Nothing may have grown. Less is as good: a dead TracePoint may be found dead only later, as the
  # collector takes each word on the machine's stack for a reference.
  def test_a_hundred_recordings_leave_nothing_behind
    run_program(A_HUNDRED)
    assert_equal ":kept\ntrue\ntrue\n", @run.out
    assert_match(/call Methods#m1\(.*a=Integer:89\)/, events("t"))
  end

  def test_a_writer_that_does_not_start_leaves_the_program_as_it_was
    run_program(<<~RUBY)
      before = Dir.children("/proc/self/fd").size
      CodeTracer.start(out_dir: "t")
      pid = fork do
        begin
          CodeTracer.start(out_dir: "t") # it is being written to
        rescue CodeTracer::CannotRecord => e
          puts e.message
        end
        p Dir.children("/proc/self/fd").size - before
        p ObjectSpace.each_object(TracePoint).count(&:enabled?)
      end
      Process.wait(pid)
      CodeTracer.stop
    RUBY
    assert_match(/\AAnother recording is being written to .*\n0\n0\n\z/, @run.out)
    assert_equal "", without_own_lines(@run.err)
  end
end
