# frozen_string_literal: true

# Runs one command to its end and keeps all it said.
#
# Used by every recorder test. Reads both outputs until they are closed, so a child that outlives
# the command is waited for, too. A command that does not end is killed and fails its test.
class Command
  SECONDS_MAX = 180

  attr_reader :out, :err, :status

  # `words` as for Process.spawn; `stdin` is text. Yields (pid, input, output) while the command
  # runs; with a block nothing is written to stdin and `out` has only what the block has not read.
  def self.run(*words, **options, &block)
    new(words, **options).run(&block)
  end

  def initialize(words, stdin: "", env: {}, chdir: Dir.pwd, seconds_max: SECONDS_MAX)
    @words = words
    @stdin = stdin
    @env = env
    @chdir = chdir
    @seconds_max = seconds_max
  end

  def run(&block)
    open_pipes
    pid = spawn_command
    guard = Thread.new { sleep(@seconds_max) && kill_group(pid) }
    errors = Thread.new { @pipes[:err].first.read }
    feed(pid, &block)
    @out = @pipes[:out].first.read
    @err = errors.value
    @status = Process.wait2(pid).last
    self
  ensure
    [guard, errors].compact.each(&:kill)
    kill_group(pid) if pid && !@status # a failed assertion in the block
    @pipes.each_value { |ends| ends.each(&:close) }
  end

  # "exit 3" or "signal 15": comparable across runs, unlike a Process::Status.
  def ending
    @status.signaled? ? "signal #{@status.termsig}" : "exit #{@status.exitstatus}"
  end

  def to_s
    [@words.inspect, ending, "--- stdout", @out, "--- stderr", @err].map(&:b).join("\n")
  end

  private

  def open_pipes
    @pipes = { in: IO.pipe, out: IO.pipe, err: IO.pipe }
    @pipes.each_value { |ends| ends.each(&:binmode) }
  end

  # In a process group of its own, so that all of it can be killed.
  def spawn_command
    redirections = { in: @pipes[:in].first, out: @pipes[:out].last, err: @pipes[:err].last }
    pid = Process.spawn(@env, *@words, chdir: @chdir, pgroup: true, **redirections)
    redirections.each_value(&:close)
    pid
  end

  def kill_group(pid)
    Process.kill(:KILL, -pid)
  rescue Errno::ESRCH
    nil # it has ended
  end

  def feed(pid)
    input = @pipes[:in].last
    block_given? ? yield(pid, input, @pipes[:out].first) : input.write(@stdin)
    input.close
  rescue Errno::EPIPE
    nil # the program did not want it
  end
end
