# frozen_string_literal: true

# Runs one program once: plain, under the empty hook, or recorded. Returns what it cost.
#
# Used by Comparison, linear.rb and yjit.rb. Wall is from start to the end of the command, which
# waits for the writer; the program's own numbers come from measure.rb through a file.
require "json"
require "rbconfig"
require "tmpdir"
require_relative "empty_hook"
require_relative "pace"
require_relative "writer_watch"

module Bench
  class Trial
    KINDS = %i[plain hook recorded].freeze
    ROOT = File.expand_path("..", __dir__).freeze
    # Another recorder's checkout can be measured in the place of this one.
    RECORDER = ENV.fetch("BENCH_RECORDER", File.join(ROOT, "src/native_trace.rb")).freeze

    # `arguments` are the program's, `options` the recorder's, `switches` Ruby's. Raises
    # RuntimeError when the program fails.
    def initialize(path, arguments, kind, options = [], switches: [])
      @switches = switches
      @options = options
      @path = path
      @arguments = arguments
      @kind = kind
    end

    # { wall:, cpu:, writer_cpu: (seconds) section: {...} writer_kib:, trace_bytes: }
    # Of a run in a quiet moment, see Pace. A block gets the folder of each run's trace before it is
    # removed.
    def run(&block)
      Pace.shared.quietly { run_once(&block) }
    end

    private

    def run_once
      Dir.mktmpdir("bench-") do |folder|
        @folder = folder
        result = time
        yield trace_folder if block_given?
        result.merge(section: section, trace_bytes: trace_bytes)
      end
    end

    def trace_folder
      File.join(@folder, "trace")
    end

    def result_path
      File.join(@folder, "result.json")
    end

    def words
      before = { plain: [], hook: ["-r", EmptyHookBuild.require_library],
                 recorded: [RECORDER, "--quiet", "-o", trace_folder, *@options] }
      [RbConfig.ruby, *@switches, *before.fetch(@kind), @path, *@arguments]
    end

    def time
      command = words
      cpu = children_cpu
      start = now
      pid = Process.spawn({ "BENCH_RESULT" => result_path }, *command, out: File::NULL)
      watch = WriterWatch.new(pid)
      watch.start if @kind == :recorded
      _, status = Process.wait2(pid)
      wall = now - start
      watch.stop
      raise "#{command.join(' ')}: #{status}" unless status.success?

      { wall: wall, cpu: children_cpu - cpu, writer_cpu: watch.cpu_seconds,
        writer_kib: watch.peak_kib }
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # The writer is no child of the program, nor of ours: it is not in here.
    def children_cpu
      times = Process.times
      times.cutime + times.cstime
    end

    def section
      JSON.parse(File.read(result_path), symbolize_names: true)
    end

    def trace_bytes
      Dir.glob(File.join(trace_folder, "**/*")).select { |path| File.file?(path) }
         .sum { |path| File.size(path) }
    end
  end
end
