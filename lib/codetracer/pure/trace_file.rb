# frozen_string_literal: true

# The three files of a JSON trace, and the numbers that their events refer to.
#
# Used by Timeline and Values. An id is given in the order of first use, and its definition stands
# before that use. Mirrors libctrace/src/trace/sink_json.c and trace_writer.c.
require_relative "json_array"
require_relative "text"

module CodeTracer
  module Pure
    class TraceFile
      NAMES = %w[trace.ct trace.json trace_metadata.json trace_paths.json trace_info.json
                 files].freeze
      FLUSH_SIZE = 64 << 10
      ANY_KIND = 32
      STRUCT_KIND = 6

      attr_reader :path

      # What opens a forked child's trace, given its parent's pid; nil: children are not recorded.
      attr_accessor :on_fork

      # When recording stops.
      attr_accessor :budget

      # In a forked child: what is told of each file that a step is in.
      attr_accessor :inherited_sources

      # `metadata` has program, args, workdir, recording_id. Raises SystemCallError.
      def initialize(folder, metadata)
        @paths, @names, @functions, @types = {}, {}, {}, {}
        @shown = nil # of a forked child: id of a function → the trace's
        open_files(folder, metadata)
      end

      # In a forked child: another trace, which begins with all that is defined, under the same ids.
      def branch(folder, metadata)
        open_files(folder, metadata)
        @paths.each_key { |text| repeat_path(text) }
        @names.each_key { |text| append(",\n#{name_text(text)}") }
        @types.each_key { |key| append(",\n#{type_text(*type_of(key))}") }
        @function_keys, @shown = @functions.keys, {}
      end

      # Bytes on disk.
      def size
        @metadata_size + @events.size + @path_list.size
      end

      # ---- definitions ----

      def path_id(text)
        @paths[text] || define_path(text)
      end

      def name_id(text)
        @names[text] || define(@names, text, name_text(text))
      end

      def function_id(position, name)
        path_id, line = Text.decimal(position.file_id), Text.decimal(position.file_line)
        key = "#{path_id}:#{line}:#{name}"
        known = @functions[key]
        return known if known
        return define(@functions, key, function_text(path_id, line, name)) unless @shown

        @function_keys << key
        @functions[key] = @functions.size
      end

      # What the trace calls a function that is called: a forked child's, that of another trace,
      # defines it with its first call.
      def shown_function_id(id)
        return id unless @shown

        @shown[id] || define(@shown, id, function_text(*@function_keys[id].split(":", 3)))
      end

      # `fields` are a Struct's field names, else nil.
      def type_id(kind, name, fields = nil)
        key = "#{Text.decimal(kind)}:#{name}"
        key = "#{key}\0#{fields.join("\0")}" if fields
        @types[key] || define(@types, key, type_text(kind, name, fields))
      end

      # ---- events ----

      # Events, each with a comma and a newline before it.
      def append(text)
        @events.append(text)
      end

      # A tail of many open calls is not written for less than its own size.
      def full?
        @events.pending_size >= FLUSH_SIZE && @events.pending_size >= @tail_size
      end

      # `tail`: what makes the trace complete as it is now, replaced by what comes.
      def flush(tail)
        @path_list.flush if @path_list.pending_size > 0
        @events.flush(tail)
        @tail_size = tail.bytesize
      end

      private

      def open_files(folder, metadata)
        @folder = folder
        @path = File.join(folder, "trace.json")
        @tail_size = 0
        remove_older
        write_metadata(metadata)
        @events = JsonArray.new(@path)
        @path_list = JsonArray.new(File.join(folder, "trace_paths.json"))
      end

      def remove_older
        NAMES.each { |name| remove(File.join(@folder, name)) }
      end

      def remove(path)
        return File.unlink(path) unless File.directory?(path) && !File.symlink?(path)

        Dir.children(path).each { |name| remove(File.join(path, name)) }
        Dir.rmdir(path)
      rescue Errno::ENOENT
        nil # there was none
      end

      def write_metadata(metadata)
        args = metadata[:args].map { |text| Json.string(Text.escape(text)) }.join(",")
        text = "{\"program\":#{Json.string(Text.escape(metadata[:program]))},\"args\":[#{args}]," \
               "\"workdir\":#{Json.string(Text.escape(metadata[:workdir]))}," \
               "\"recording_id\":#{Json.string(metadata[:recording_id])}}\n"
        @metadata_size = text.bytesize
        path = File.join(@folder, "trace_metadata.json")
        File.open(path, JsonArray::NEW, JsonArray::MODE) do |file|
          file.syswrite(text)
        end
      end

      # Nothing here calls a method of ours between the event and the table: an exception that comes
      # for the program cannot leave one without the other.
      def define(table, key, text)
        append(",\n#{text}")
        table[key] = table.size
      end

      def define_path(text)
        quoted = Json.string(text)
        @path_list.append(",\n#{quoted}")
        define(@paths, text, "{\"Path\":#{quoted}}")
      end

      def repeat_path(text)
        quoted = Json.string(text)
        @path_list.append(",\n#{quoted}")
        append(",\n{\"Path\":#{quoted}}")
      end

      def name_text(text)
        "{\"VariableName\":#{Json.string(text)}}"
      end

      # The numbers in decimal.
      def function_text(path_id, line, name)
        "{\"Function\":{\"path_id\":#{path_id},\"line\":#{line},\"name\":#{Json.string(name)}}}"
      end

      # kind, name, fields: what type_id made the key of.
      def type_of(key)
        kind, rest = key.split(":", 2)
        name, fields = rest.split("\0", 2)
        [kind.to_i, name.to_s, fields ? fields.split("\0") : []]
      end

      def type_text(kind, name, fields)
        head = "{\"Type\":{\"kind\":#{Text.decimal(kind)},\"lang_type\":#{Json.string(name)}," \
               "\"specific_info\":"
        return "#{head}{\"kind\":\"None\"}}}" unless kind == STRUCT_KIND

        any_id = fields.empty? ? "0" : Text.decimal(type_id(ANY_KIND, "Any"))
        list = fields.map { |field| "{\"name\":#{Json.string(field)},\"type_id\":#{any_id}}" }
        "#{head}{\"kind\":\"Struct\",\"fields\":[#{list.join(',')}]}}}"
      end
    end
  end
end
