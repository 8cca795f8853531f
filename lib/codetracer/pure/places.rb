# frozen_string_literal: true

# From what a TracePoint says of its file to the path's id in the trace, or false: not recorded.
#
# Used by Recorder at each event. Mirrors ext/codetracer_recorder/script_source.c.
require_relative "eval_pages"
require_relative "eval_scripts"
require_relative "sources"

module CodeTracer
  module Pure
    class Places
      INTERNAL = "<internal:"
      NO_FILES = ["<", "(", "uri:classloader:"].freeze # the last: JRuby's own Ruby code
      OWN_FOLDER = "#{__dir__}/"
      CALLER_COUNT = 8 # how far up the caller of eval is looked for
      PADDING_LINE_MAX = 100_000 # an eval that claims a later line gets no padding
      EVAL_COUNT_MAX = 16_384 # known strings: then all are forgotten, so that memory is bounded
      NAMELESS = { "-e" => "/codetracer/-e.rb", "-" => "/codetracer/stdin.rb" }.freeze

      # Whether a Thread::Backtrace::Location is one of the recorder's. A method in C that no Ruby
      # code called has no path.
      def self.own?(location)
        location.path.to_s.start_with?(OWN_FOLDER)
      end

      # How many frames the program has on its stack.
      def self.outer_depth
        caller_locations(0).count { |location| !own?(location) }
      end

      def initialize(options, trace, filter)
        @sources = Sources.new(options, trace, filter)
        @pages = EvalPages.new(@sources)
        @filter = filter
        @workdir = options[:workdir]
        @files = {} # real path → id or false
        @names = {} # a TracePoint's path → id, false or EvalScripts
        @evals = {} # caller, line and text → id
        @eval_count = 0
      end

      # Copies of sources go into another folder from now on, where a forked child's trace is.
      def branch(folder)
        @sources.branch(folder)
        @pages.close
      end

      # The top-level's path id.
      def define_program(program)
        @sources.define(NAMELESS.fetch(program, program))
      end

      # The block is called when a recorded text may call gets, also one that is there already;
      # without a block nobody is.
      def watch_for_readers(&block)
        @sources.watch_for_readers(&block)
      end

      # Where an exception was raised: Ruby's own Ruby code, and ours in its place, counts as its
      # caller's, as a method in C would.
      def find_raise(tracepoint)
        path = tracepoint.path
        return if path.nil? # a fiber that a C function begins
        return find(tracepoint) unless path.start_with?(INTERNAL)

        location = caller_locations(0).find do |frame|
          !Places.own?(frame) && !frame.path.to_s.start_with?(INTERNAL)
        end
        location && find_location(location)
      end

      # Of a Thread::Backtrace::Location in a file or eval that has had an event.
      def find_location(location)
        place = @names[location.path]
        place.is_a?(EvalScripts) ? place.find(nil, location.lineno) : place
      end

      # hot
      def find(tracepoint)
        path = tracepoint.path
        place = @names[path]
        return place unless place.nil? || place.is_a?(EvalScripts)

        place = @names[path] = find_loaded(path) if place.nil?
        return place unless place.is_a?(EvalScripts)

        place.find(tracepoint.method_id, tracepoint.lineno)
      end

      # At :script_compiled. The id of a file that is recorded, else false or nil.
      def note(tracepoint)
        iseq = tracepoint.instruction_sequence
        path, real_path = iseq.path, iseq.absolute_path
        text = tracepoint.eval_script
        if text # Ruby 2.7 gives it a real path too, its caller's
          note_eval(iseq, text)
        elsif real_path
          note_file(path, find_file(real_path))
        else
          @names[path] = NAMELESS.key?(path) && define_nameless(path, kept_lines(iseq))
        end
      end

      private

      # Code that was compiled before the recording began, or on a Ruby that does not tell.
      def find_loaded(path)
        return define_nameless(path, nil) if NAMELESS.key?(path)
        return false if path.start_with?(*NO_FILES)

        find_file(File.realpath(path, @workdir))
      rescue SystemCallError
        false
      end

      def define_nameless(path, text)
        @filter.file?(path) && define(NAMELESS[path], path, text)
      end

      # `file` is what the filters go by.
      def define(path, file, text = nil)
        path_id = @sources.define(path, text)
        @filter.note(path_id, file)
        path_id
      end

      def note_file(path, path_id)
        known = @names[path]
        return @names[path] = path_id unless known.is_a?(EvalScripts)

        known.file_id = path_id
      end

      def find_file(real_path)
        known = @files[real_path]
        return known unless known.nil?

        @files[real_path] = @filter.file?(real_path) && define(real_path, real_path)
      end

      def note_eval(iseq, text)
        path = iseq.path
        return @names[path] = find_file(path) if path.start_with?("/") && File.file?(path)

        location = caller_locations(0).find { |frame| outer?(frame) }
        file = location ? location.absolute_path : "/-e"
        path_id = @filter.file?(file) && eval_path_id(file, location, padded(text, iseq))
        scripts = @names[path]
        scripts = @names[path] = EvalScripts.new(scripts) unless scripts.is_a?(EvalScripts)
        scripts.add(path_id, depth: Places.outer_depth, lines: lines_of(iseq),
                             methods: methods_of(iseq))
        nil
      end

      # The same text from the same place keeps its path: a loop that evals does not grow the trace.
      def eval_path_id(file, location, text)
        line = location ? location.lineno : 1
        key = [file, line, text].hash
        known = @evals[key]
        return known if known

        @evals.clear if @evals.size == EVAL_COUNT_MAX
        @evals[key] = define_eval(file, line, text)
      end

      def define_eval(file, line, text)
        @eval_count += 1
        count, line = Text.decimal(@eval_count), Text.decimal(line)
        name = "eval-#{count}-at-#{File.basename(file)}-line-#{line}.rb"
        path_id = @pages.define("/codetracer/#{name}", @filter.blank_eval(text))
        @filter.note(path_id, file)
        path_id
      end

      def outer?(frame)
        path = frame.absolute_path
        !path.nil? && path.start_with?("/") && !Places.own?(frame)
      end

      # Empty lines before it: its lines have the numbers that eval was told.
      def padded(text, iseq)
        first = iseq.first_lineno
        first.between?(2, PADDING_LINE_MAX) ? "\n" * (first - 1) + text : text
      end

      def lines_of(iseq)
        last = iseq.trace_points.map(&:first).max || 0
        iseq.each_child { |child| last = [last, lines_of(child).end].max }
        iseq.first_lineno..[last, iseq.first_lineno].max
      end

      # name → lines, of all methods that the code defines.
      def methods_of(iseq, found = {})
        iseq.each_child do |child|
          is_method = !child.label.start_with?("block ", "rescue ", "ensure ", "<")
          found[child.base_label.to_sym] = lines_of(child) if is_method
          methods_of(child, found)
        end
        found
      end

      # The text of -e and of a script from standard input, kept by the VM since the start asked.
      def kept_lines(iseq)
        return unless iseq.respond_to?(:script_lines)

        lines = iseq.script_lines
        RubyVM.keep_script_lines = false
        lines && lines.join
      end
    end
  end
end
