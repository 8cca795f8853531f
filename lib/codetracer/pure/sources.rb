# frozen_string_literal: true

# Which source files are recorded, what they are called in the trace, and their copies beside it.
#
# Used by Places. Mirrors ext/codetracer_recorder/path_filter.c, libctrace/src/trace/path_text.c and
# the sources of timeline_define.c.
require_relative "../recording_folder"
require_relative "input_capture"
require_relative "json_array"
require_relative "text"

module CodeTracer
  module Pure
    class Sources
      # Readers of traces take these endings for JavaScript.
      MISREAD = /\.(js|ts|jsx|tsx|mjs|cjs)\z/.freeze
      FILE_MODE = 0o600

      # `options` are the recording's: out_dir, workdir.
      def initialize(options, trace, filter)
        @folder = File.join(options[:out_dir], "files")
        @workdir = options[:workdir]
        @trace, @filter = trace, filter
        @copied = {} # name → the trace's folder that its copy is in; nil: it has none
        @due = {} # of a forked child: path id → name, of what it may need a copy
        @has_readers, @on_reader = false, nil
      end

      # A forked child's trace has copies of its own, of what it shows.
      def branch(folder)
        @folder = File.join(folder, "files")
        @due = @copied.compact.keys.map { |name| [@trace.path_id(name), name] }.to_h
        @trace.inherited_sources = self
      end

      # A step is in that file: the child needs a copy. hot
      def require(path_id)
        name = @due.delete(path_id)
        return unless name

        text = read(File.join(@copied[name], *parts_of(name)))
        @copied[name] = text && @folder
        write(name, text) if text
      end

      # The path's id; its text, or the file's, is copied into the trace's folder.
      def define(path, text = nil)
        name = spelled(path)
        copy(name, look_for_readers(text || read(path))) unless @copied.key?(name)
        @trace.path_id(name)
      end

      # Text behind the `offset` bytes that the path's copy has.
      def extend(path, offset, text)
        look_for_readers(text)
        File.open(target_of(spelled(path)), File::WRONLY | JsonArray::NO_LINK) do |file|
          file.sysseek(offset)
          file.syswrite(@filter.blank(text))
        end
      rescue SystemCallError
        nil # the trace goes without its text
      end

      # See Places.
      def watch_for_readers(&block)
        @on_reader = block
        block.call if block && @has_readers
      end

      def spelled(path)
        path = "#{@workdir}/#{path}" unless path.start_with?("/")
        text = Text.escape(path)
        MISREAD.match?(text) ? "#{text}.rb" : text
      end

      private

      def look_for_readers(text)
        if text && !@has_readers && InputCapture::READS_LINES.match?(text.b)
          @has_readers = true
          @on_reader.call if @on_reader
        end
        text
      end

      def read(path)
        File.binread(path) if File.file?(path)
      rescue SystemCallError
        nil # the trace goes without its text
      end

      def copy(name, text)
        @copied[name] = text && @folder
        write(name, @filter.blank(text)) if text
      end

      def target_of(name)
        File.join(@folder, *parts_of(name))
      end

      def write(name, text)
        target = target_of(name)
        RecordingFolder.make(File.dirname(target))
        File.open(target, JsonArray::NEW, FILE_MODE) { |file| file.syswrite(text) }
      rescue SystemCallError
        nil # as above
      end

      def parts_of(name)
        parts = name.split("/").reject { |part| part.empty? || part == "." }
        parts.map { |part| part == ".." ? "__" : part }
      end
    end
  end
end
