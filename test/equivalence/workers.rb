# frozen_string_literal: true

# Programs that let others work: pre-fork servers that are restarted as they run, tests in parallel,
# fifty threads.
#
# A table of EquivalenceTest. Workers answer in any order: what is printed is what all said.
require_relative "program_start"

module Workers
  # Asks the server at s.sock until both workers of a generation have answered, and no others.
  CLIENT = <<~'RUBY'
    require "socket"
    def ask
      UNIXSocket.open("s.sock") { |socket| socket << "GET / HTTP/1.0\r\n\r\n"; socket.read }
    rescue SystemCallError
      nil # it is not there yet, or its worker just left
    end

    def answers(generation)
      seen = []
      until seen.size >= 12 && seen.last(12).uniq.size == 2
        answer = ask.to_s[/worker (\d+ of generation \d+)/, 1]
        seen << answer if answer && answer.end_with?(generation.to_s)
        Thread.pass
      end
      seen.last(12).uniq.sort
    end
  RUBY

  # Two workers; USR1 replaces one after the other, TERM ends all.
  SERVER = <<~'RUBY'
    require "socket"
    server = UNIXServer.new("s.sock")
    start = lambda do |number, generation|
      fork do
        trap("TERM") { exit!(number) }
        trap("USR1", "IGNORE")
        loop do
          client = server.accept
          client.gets
          client.puts "worker #{number} of generation #{generation}"
          client.close
        end
      end
    end
    commands, signals = IO.pipe
    trap("USR1") { signals.puts "restart" }
    trap("TERM") { signals.puts "stop" }
    generation = 0
    workers = Array.new(2) { |number| start.call(number, generation) }
    while commands.gets == "restart\n"
      generation += 1
      workers.map!.with_index do |old, number|
        start.call(number, generation).tap do
          Process.kill("TERM", old)
          Process.wait(old)
        end
      end
    end
    workers.each { |pid| Process.kill("TERM", pid) }
    exit 10 + workers.sum { |pid| Process.wait2(pid).last.exitstatus }
  RUBY

  DRIVER = <<~'RUBY'
    load "client.rb"
    server = fork { load "server.rb" }
    p answers(0)
    2.times do |i|
      Process.kill("USR1", server)
      p answers(i + 1)
    end
    Process.kill("TERM", server)
    p Process.wait2(server).last.exitstatus
  RUBY

  # Puma in cluster mode; its client is not recorded.
  PUMA = <<~'RUBY'
    workers 2
    threads 1, 3
    bind "unix://s.sock"
    generation = -1
    worker = nil
    on_worker_fork { |number| generation += 1 if number.zero? }
    on_worker_boot { |number| worker = "worker #{number} of generation #{generation}" }
    app { |_env| [200, {}, [worker]] }
  RUBY
  PUMA_CLIENT = <<~'RUBY'
    load "client.rb"
    server = ARGV[0].to_i
    p answers(0)
    Process.kill("USR1", server)
    p answers(1)
    Process.kill("TERM", server)
  RUBY
  PUMA_SHELL = '"$@" >/dev/null & ruby puma_client.rb $!; wait $!; echo "status $?"'

  TESTS = <<~'RUBY'
    require "minitest"
    class WorkTest < Minitest::Test
      parallelize_me!
      24.times do |i|
        define_method("test_#{i}") { assert_equal i == $wrong ? -1 : i * 2, twice(i) }
      end

      def twice(number)
        Array.new(number) { |i| [i] }.flatten.size * 2
      end
    end
  RUBY
  # As a runner in threads does it.
  IN_THREADS = <<~'RUBY'
    load "tests.rb"
    module Minitest; def self.clock_time; 0.0; end; end
    Minitest.parallel_executor = Minitest::Parallel::Executor.new(4)
    p Minitest.run(%w[--seed 1])
  RUBY
  # As parallel_tests and Rails do it: groups of tests in forks, what they find comes back.
  IN_FORKS = <<~'RUBY'
    $wrong = 7
    load "tests.rb"
    names = WorkTest.runnable_methods.sort
    groups = names.each_slice(6).map do |group|
      reader, writer = IO.pipe
      pid = fork do
        reader.close
        results = group.map { |name| Minitest.run_one_method(WorkTest, name) }
        Marshal.dump(results.map { |one| [one.name, one.passed?, one.assertions] }, writer)
        writer.close
        exit!(results.count { |one| !one.passed? })
      end
      writer.close
      [pid, reader]
    end
    p groups.flat_map { |_, reader| Marshal.load(reader) }
    p groups.map { |pid, _| Process.wait2(pid).last.exitstatus }
  RUBY

  FIFTY = <<~'RUBY'
    lock, ready, queue = Mutex.new, ConditionVariable.new, Queue.new
    started = 0
    threads = Array.new(50) do |number|
      Thread.new do
        lock.synchronize { started += 1; ready.wait(lock) until started == 50; ready.broadcast }
        sum = 0
        20.times { |i| sum += number * i; Thread.pass }
        queue << sum
        Thread.current[:sum] = sum
      end
    end
    p threads.sum { |thread| thread.join[:sum] }, queue.size, Thread.list.size
    late = Array.new(50) { Thread.new { Thread.stop; queue << 1 } }
    Thread.pass until late.all?(&:stop?)
    late.first(25).each(&:kill).each(&:join)
    p Thread.list.size
  RUBY

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  ALL = [
    of("pre-fork server", DRIVER, files: { "client.rb" => CLIENT, "server.rb" => SERVER }),
    of("puma", words: %w[-S puma -C puma.rb], requires: "puma", shell: PUMA_SHELL,
               files: { "puma.rb" => PUMA, "client.rb" => CLIENT,
                        "puma_client.rb" => PUMA_CLIENT }),
    of("tests in threads", IN_THREADS, files: { "tests.rb" => TESTS }),
    of("tests in forks", IN_FORKS, files: { "tests.rb" => TESTS }),
    of("fifty threads", FIFTY)
  ].freeze
end
