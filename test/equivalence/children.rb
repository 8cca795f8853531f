# frozen_string_literal: true

# Programs with children: forked, spawned, left behind; and what the parent can see of them.
#
# A table of EquivalenceTest.
require_relative "program_start"

module Children
  STATUS = "def status\n  [$?.exitstatus, $?.termsig]\nend\n"
  OUTLIVES = <<~'RUBY'
    gone, held = IO.pipe
    fork do
      held.close
      gone.read # until the parent is dead
      puts "child after #{$0}"
      exit 3
    end
    puts "parent"
  RUBY
  TWENTY = <<~'RUBY'
    pids = Array.new(20) { |i| fork { sum = (1..i).sum; exit!(sum % 50) } }
    p pids.map { |pid| Process.wait2(pid).last.exitstatus }
    p begin Process.wait rescue $!.class end
  RUBY
  AT_EXIT = <<~'RUBY'
    at_exit { puts "late in #{$$ == PARENT ? :parent : :child}"; $stdout.flush }
    PARENT = $$
    fork { x = 1 }
    Process.wait
    fork { raise "in the child" }
    p Process.wait2.last.exitstatus
  RUBY
  CLUSTER = <<~'RUBY'
    workers = Array.new(2) do |number|
      to_child, commands = IO.pipe
      answers, from_child = IO.pipe
      pid = fork do
        commands.close
        trap("TERM") { exit!(number + 1) }
        to_child.each_line { |line| from_child.puts(line.to_i * (number + 2)); from_child.flush }
      end
      to_child.close
      [pid, commands, answers]
    end
    workers.each_with_index { |(_, commands, _), i| commands.puts(i + 5); commands.flush }
    p workers.map { |_, _, answers| answers.gets.to_i }
    workers.each { |pid, _, _| Process.kill("TERM", pid) }
    p workers.map { |pid, _, _| Process.wait2(pid).last.exitstatus }
  RUBY
  FAMILY = <<~'RUBY'
    child = fork do
      grandchild = fork { exit 5 }
      exit Process.wait2(grandchild).last.exitstatus + 1
    end
    p Process.wait2(child).last.exitstatus
  RUBY
  DAEMON = <<~'RUBY'
    reader, writer = IO.pipe
    fork do
      reader.close
      Process.daemon(true, true)
      writer.puts Process.getsid == Process.getpgrp, Dir.pwd == File.dirname(File.realpath($0))
      writer.puts begin Process.wait rescue $!.class end
    end
    writer.close
    Process.wait
    puts $?.exitstatus, reader.read
  RUBY
  SEEN = <<~'RUBY'
    def table
      Dir.children("/proc/self/fd").map(&:to_i).select { |n| n < 64 }.sort
    end
    p table
    fork { p table, IO.pipe.map(&:fileno), Thread.list.size, (Process.wait rescue $!.class) }
    Process.wait
    fork { p File.read("/proc/self/task/#{$$}/children"), Process.getpgrp == Process.ppid }
    Process.waitall
    puts File.read("/proc/self/task/#{$$}/children").empty?
  RUBY

  def self.of(name, text = nil, **fields)
    ProgramStart.of(name, text, **fields)
  end

  FORKED = [
    of("fork", "pid = fork { puts 'child'; exit 2 }\nProcess.wait(pid)\np $?.exitstatus\n"),
    of("fork without a block", "x = 1\nif fork\n  Process.wait\n  x += 1\nelse\n  x += 2\nend\n" \
                               "puts x\n"),
    of("outlives", OUTLIVES),
    of("outlives a crash", "#{OUTLIVES}$stdout.flush\nProcess.kill('KILL', $$)\n"),
    of("exit!", "print 'p'\nfork { print 'c'; exit!(3) }\nProcess.wait\np $?.exitstatus\n"),
    of("twenty", TWENTY),
    of("at_exit", AT_EXIT),
    of("killed child", "#{STATUS}pid = fork { Process.kill('KILL', $$); sleep }\n" \
                       "Process.wait(pid)\np status\n"),
    of("terminated child", "#{STATUS}r, w = IO.pipe\npid = fork { w.puts; w.flush; sleep }\n" \
                           "r.gets\n" \
                           "Process.kill('TERM', pid)\nProcess.wait(pid)\np status\n"),
    of("fork in a thread",
       "Thread.new { fork { p Thread.list.size; exit 4 }; Process.wait }.join\np $?.exitstatus\n"),
    of("fork in a fiber", "Fiber.new { fork { puts 1 }; Process.wait }.resume\np $?.exitstatus\n"),
    of("threads at a fork", "t = Thread.new { Thread.stop; 5 }\nThread.pass until t.stop?\n" \
                            "fork { p Thread.list.size, t.status }\nProcess.wait\nt.run\n" \
                            "p t.value\n"),
    of("grandchild", FAMILY),
    of("cluster", CLUSTER),
    of("daemon", DAEMON),
    of("daemon itself", "Process.daemon(true, true)\nputs 1\nexit 3\n"),
    of("seen from a child", SEEN),
    of("child that runs on", "3.times { |i| fork or (puts(i); exit) ; Process.wait }\n" \
                             "puts 'end'\n"),
    of("fork in at_exit", "at_exit { fork { puts 'c' }; Process.wait; puts 'p' }\n"),
    of("fork in ensure", "begin\n  fork or raise('child')\nrescue\n  puts $!.message\n" \
                         "  exit!(0) if $stdout.flush\n" \
                         "ensure\n  Process.wait rescue 0\nend\nputs 'p'\n"),
    of("fork and exec", "fork { exec('echo', 'c') }\nProcess.wait\nputs 'p'\n"),
    of("random numbers", "srand 5\nfork { rand(100) }\nProcess.wait\np rand(100)\n"),
    of("file offsets", "f = File.open('p.rb')\nf.readline\nfork { f.seek(3); exit!(0) }\n" \
                       "Process.wait\np f.sysseek(0, 1)\n")
  ].freeze

  OTHERS = [
    of("spawn", "pid = spawn('echo c; exit 3')\nProcess.wait(pid)\np $?.exitstatus\n"),
    of("spawn with descriptors", "r, w = IO.pipe\npid = spawn('echo c >&9', 9 => w)\nw.close\n" \
                                 "p r.read\nProcess.wait(pid)\n"),
    of("system", "p system('exit 3'), $?.exitstatus, system('/no/such'), system('echo', 'x')\n"),
    of("backticks", "p `echo x`, `exit 2`, $?.exitstatus\n"),
    of("popen", "IO.popen('cat', 'r+') { |io| io.puts 1; io.close_write; p io.read }\n" \
                "p $?.exitstatus\n"),
    of("popen with a fork", "IO.popen('-') { |io| io ? p(io.read) : puts('child') }\n"),
    of("open3", "require 'open3'\np Open3.capture3('cat; echo e >&2', stdin_data: 'x').first(2)\n"),
    of("Ruby in a system",
       "system(RbConfig.ruby, '-e', 'p ENV.keys.grep(/CODETRACER/), $0'); p $?.exitstatus\n"),
    of("waitall", "2.times { |i| fork { exit i } }\n" \
                  "p Process.waitall.map { |_, s| s.exitstatus }.sort\n"),
    of("detach", "t = Process.detach(fork { exit 6 })\np t.value.exitstatus\n"),
    of("SIGCHLD", "n = 0\ntrap('CHLD') { n += 1 }\nx = 1\nProcess.wait(fork { exit!(0) })\n" \
                  "Thread.pass until n > 0\np n\n"),
    of("wait of none", "p((Process.wait rescue $!.class), (Process.wait(1) rescue $!.class))\n"),
    of("wait without hanging", "p((Process.wait(-1, Process::WNOHANG) rescue $!.class))\n"),
    of("process group", "pid = fork { Process.setpgid(0, 0); exit!(0) }\nProcess.wait(pid)\n" \
                        "p Process.getpgrp == $$\n")
  ].freeze

  ALL = [*FORKED, *OTHERS].freeze
end
