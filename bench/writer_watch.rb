# frozen_string_literal: true

# Follows the writer process of one recorded program: its CPU time and its peak memory.
#
# Used by Trial. The writer belongs to init, so nobody is told its usage when it ends: it is found
# by the program's pid in its arguments and read from /proc until it is gone. What it uses after the
# last look, at most POLL_SECONDS before its end, is missing.
module Bench
  class WriterWatch
    POLL_SECONDS = 0.005
    NANOSECONDS = 1e9

    attr_reader :cpu_seconds, :peak_kib

    def initialize(program_pid)
      @program_pid = program_pid
      @cpu_seconds = 0.0
      @peak_kib = 0
    end

    def start
      @thread = Thread.new { follow }
    end

    def stop
      @stopped = true
      @thread&.join
    end

    private

    def follow
      until @stopped
        @folder ||= find
        return if @folder && !look

        sleep(POLL_SECONDS)
      end
    end

    # Started after the program, so only younger ones are looked at: looking must not cost.
    def find
      younger = Dir.children("/proc").grep(/\A\d+\z/).select { |pid| pid.to_i > @program_pid }
      pid = younger.find { |it| writer?(it) }
      pid && File.join("/proc", pid)
    end

    # Its arguments are: executable, memory descriptor, life descriptor, the program's pid.
    def writer?(pid)
      words = File.binread(File.join("/proc", pid, "cmdline")).split("\0")
      words.size == 4 && words[3] == @program_pid.to_s
    rescue SystemCallError
      false
    end

    # False when it has ended.
    def look
      tasks = Dir.glob(File.join(@folder, "task/*/schedstat"))
      spent = tasks.sum { |path| File.read(path).to_i } / NANOSECONDS
      status = File.read(File.join(@folder, "status"))
      @cpu_seconds = [@cpu_seconds, spent].max # a thread that has ended is no longer counted
      @peak_kib = [@peak_kib, status[/^VmHWM:\s+(\d+)/, 1].to_i].max
      true
    rescue SystemCallError
      false
    end
  end
end
