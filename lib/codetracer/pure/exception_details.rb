# frozen_string_literal: true

# What an exception's event says beside its message: class, causes, where it was raised and the
# frames that were there, as one line of JSON (doc/format/exceptions.md).
#
# Used by Unwindings. Mirrors ext/codetracer_recorder/exception_detail.c.
require_relative "core"
require_relative "replaced_methods"
require_relative "text"

module CodeTracer
  module Pure
    class ExceptionDetails
      CAUSE_COUNT_MAX = 8
      FRAME_COUNT_MAX = 20 # shown
      FRAME_COUNT_READ = 64 # to find the caller of code that is not the program's
      OWN_COUNT_MAX = 20 # frames of the recorder, on top
      CAUSE_SIZE_MAX = 400
      MORE = '"…"'
      CAUSE = Core.take(Exception, :cause)
      OWN_FILES = File.join(__dir__, "")
      OWNERS = [Kernel, Process, IO, File, Dir, Warning].flat_map do |owner|
        [owner, owner.singleton_class]
      end.freeze # of the methods that are replaced
      INTERNAL = "<internal:"

      Place = Struct.new(:path, :line)

      def initialize(exception_text, filter)
        @exception_text = exception_text
        @filter = filter
        @folder = RUBY_ENGINE == "jruby" ? Dir.pwd : nil
      end

      # `frames` are those that run, or none where they have nothing to do with it.
      def of(exception, frames = frames_here)
        parts = ["\"class\":#{string(@exception_text.class_name(exception))}"]
        causes = causes_of(exception)
        parts << "\"causes\":#{list(causes, CAUSE_COUNT_MAX)}" unless causes.empty?
        unless frames.empty?
          parts << "\"at\":#{string(place_text(frames, 0))}"
          texts = frames.each_index.map { |index| frame_text(frames, index) }
          parts << "\"backtrace\":#{list(texts)}"
        end
        "{#{parts.join(',')}}"
      end

      private

      def causes_of(exception)
        causes = []
        while causes.size <= CAUSE_COUNT_MAX && (exception = CAUSE.bind_call(exception))
          text = @exception_text.whole(exception).b
          causes << @filter.mask(Text::SLICE.bind_call(text, 0, CAUSE_SIZE_MAX))
        end
        causes
      end

      def list(texts, count_max = FRAME_COUNT_MAX)
        shown = texts.first(count_max).map { |text| string(text) }
        shown << MORE if texts.size > count_max
        "[#{shown.join(',')}]"
      end

      def string(bytes)
        Json.string(Text.escape(bytes))
      end

      # Without the recorder's own, and without a C function that a fiber begins with: it has no
      # place.
      def frames_here
        frames = (caller_locations(2, FRAME_COUNT_READ + OWN_COUNT_MAX) || []).select(&:path)
        frames = frames.drop_while { |frame| frame.path.start_with?(OWN_FILES) }
        kept = frames.reject.with_index do |frame, index|
          original?(frame, frames[index + 1]) || index.positive? && clause?(frames[index - 1])
        end
        kept.first(FRAME_COUNT_READ)
      end

      # A frame of a rescue or ensure, whose code's frame follows; from Ruby 3.4 on they are one.
      def clause?(frame)
        frame.label.start_with?("rescue in ", "ensure in ")
      end

      # Whether this is the original of a method that we have replaced, below ours.
      def original?(frame, caller)
        return false if caller.nil? || frame.base_label != caller.base_label

        frame.lineno == caller.lineno && frame.path == caller.path &&
          (frame.path == ReplacedMethods::FILE || replaced?(frame.base_label))
      end

      # Where Ruby hides the frames of our methods, both have the place of their caller.
      def replaced?(name)
        original = "__codetracer_#{name}"
        OWNERS.any? { |one| one.private_method_defined?(original) || one.method_defined?(original) }
      end

      def frame_text(frames, index)
        "#{place_text(frames, index)}:in #{frames[index].base_label}"
      end

      # Ruby's own code has the place of its caller, as C functions have.
      def place_text(frames, index)
        frame = frames.drop(index).find { |one| !one.path.start_with?(INTERNAL) }
        frame ? "#{absolute(frame.absolute_path || frame.path)}:#{Text.decimal(frame.lineno)}" : ""
      end

      # JRuby knows a file by the path that it was given only.
      def absolute(path)
        return path if @folder.nil? || path.start_with?("/", "-", *Places::NO_FILES)

        File.expand_path(path, @folder)
      end
    end
  end
end
