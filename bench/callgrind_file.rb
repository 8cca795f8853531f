# frozen_string_literal: true

# What callgrind wrote of one process.
#
# Used by callgrind.rb and workload_profile.rb.
module Bench
  class CallgrindFile
    # What records an event. The first hook leads to the second, which the first event of code comes
    # by; the shortcut needs none.
    HOOKS = %w[rec_script_raw_event rec_script_event].freeze
    SHORTCUT = "rec_shortcut_event_flags"
    FUNCTION = %r{^\ *([\d,]+)\ \([^)]*\)\ \ (\S+:\S+)(?:\ \[(\S+)\])?$}x.freeze
    INCLUSIVE = '^ *([\d,]+) \([^)]*\)  [^\n]*:%s(?:\'\d+)? '

    # Runs a command, its output and errors thrown away, and returns what its processes left.
    # Raises RuntimeError when the command fails or valgrind is missing.
    def self.all_of(folder, *words, environment: {})
      system(environment, "valgrind", "--tool=callgrind", "--trace-children=yes",
             "--callgrind-out-file=#{folder}/callgrind.%p", *words,
             out: File::NULL, err: File::NULL, exception: true)
      Dir.glob(File.join(folder, "callgrind.*")).map { |path| new(path) }
    end

    def initialize(path)
      @path = path
      @annotated = {}
    end

    def writer?
      File.foreach(@path).grep(/^cmd:.*ct-writer/).any?
    end

    # Instructions of the process.
    def total
      File.read(@path)[/^(?:summary|totals): (\d+)/, 1].to_i
    end

    # Instructions in a function and what it calls; 0 when it was not called. Where the sources lie
    # below the working folder, callgrind_annotate leaves out what was inlined from other files.
    def inclusive(function)
      found = annotate("--inclusive=yes")[/#{format(INCLUSIVE, function)}/, 1]
      found.to_s.delete(",").to_i
    end

    # [[instructions, function], …], the dearest first. A library without symbols is one.
    def own
      found = annotate("--auto=no").scan(FUNCTION)
      named = found.group_by { |_, name, object| name.start_with?("???:0x") ? object : name }
      named.map { |name, rows| [rows.sum { |row| row[0].delete(",").to_i }, name] }.sort.reverse
    end

    private

    # Takes longer than to look through what it says.
    def annotate(*options)
      @annotated[options] ||= IO.popen(["callgrind_annotate", *options, @path],
                                       chdir: File.dirname(@path), err: File::NULL, &:read)
    end
  end
end
