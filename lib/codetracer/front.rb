# frozen_string_literal: true

# Runs the program as a child, stays in front of it and outlives it.
#
# Used by Launcher where the program's own process must not be the command's: as PID 1 or subreaper,
# and for --exit-zero. Signals go through to the program, orphans are reaped, the status comes back.
module CodeTracer
  class Front
    FORWARDED = %w[HUP INT QUIT TERM USR1 USR2 ALRM TTIN TTOU WINCH].freeze
    # A terminal sends these to the whole foreground group, the program included.
    FROM_TERMINAL = %w[INT QUIT WINCH].freeze
    SIGNAL_STATUS = 128 # what a shell adds to a signal's number
    WRITER_SECONDS_MAX = 60 # a full spool takes a few; a hung disk must not hang the command
    POLL_SECONDS = 0.01

    # `trace_files` are those that the writer keeps locked until they are complete.
    def initialize(environment, words, trace_files: [])
      @environment = environment
      @words = words
      @trace_files = trace_files
      @early = []
    end

    # The program's Process::Status.
    def run
      forward_signals
      @program = Process.spawn(@environment, *@words, close_others: false)
      @early.each { |name| forward(name) }
      status = wait_for_program
      @trace_files.each { |path| wait_for_writer(path) }
      status
    end

    # The status as an exit status; where a signal ended the program it ends this process too.
    def pass_on(status)
      return status.exitstatus unless status.signaled?

      die_of(status.termsig) unless Process.pid == 1 # the kernel shields PID 1 from its own signals
      SIGNAL_STATUS + status.termsig
    end

    private

    def forward_signals
      FORWARDED.each do |name|
        former = trap(name) { forward(name) }
        trap(name, "IGNORE") if former == "IGNORE" # nohup: the program inherits it so
      end
    end

    def forward(name)
      return @early << name unless @program
      return if FROM_TERMINAL.include?(name) && foreground?

      Process.kill(name, @program)
    rescue Errno::ESRCH
      nil # it has just ended
    end

    # Fields 5 and 8 of stat: our process group, and the terminal's foreground group.
    def foreground?
      fields = File.read("/proc/self/stat").rpartition(")").last.split
      fields[2] == fields[5]
    rescue SystemCallError
      false
    end

    # Orphans that were given to this process end here, too.
    def wait_for_program
      loop do
        pid, status = Process.waitpid2(-1)
        return status if pid == @program
      end
    end

    # The end of PID 1 is the end of the writer, and a subreaper's caller may read the trace at
    # once.
    def wait_for_writer(path)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + WRITER_SECONDS_MAX
      File.open(path) do |file|
        until file.flock(File::LOCK_SH | File::LOCK_NB)
          return if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

          sleep(POLL_SECONDS)
        end
      end
    rescue SystemCallError
      nil # there is no such trace
    end

    def die_of(signal)
      Process.setrlimit(:CORE, 0) # the program has left its own core
      trap(signal, "SYSTEM_DEFAULT") unless signal == Signal.list["KILL"]
      Process.kill(signal, Process.pid)
      sleep(1)
    rescue ArgumentError, SystemCallError
      nil # a signal Ruby keeps for itself: the status has to do
    end
  end
end
