# frozen_string_literal: true

# What an exception says, without calling it: "KeyError: key not found: :x".
#
# Used by Recorder and Unwindings. Mirrors ext/codetracer_recorder/exception_text.c.
require_relative "class_names"
require_relative "hidden_message"
require_relative "name_error_forms"

module CodeTracer
  module Pure
    class ExceptionText
      CLASS_SIZE_MAX = 256
      TEXT_SIZE_MAX = 16 << 10 # bytes of an event; longer ones are cut
      THROW_START = "uncaught throw "
      THROW = "#{THROW_START}%p" # which the VM fills in on demand with the tag's inspect
      TAG = Core.take(UncaughtThrowError, :tag)
      NAME = Core.take(NameError, :name)
      UNKNOWN = "not captured: how this is worded; it is about "
      WORDS = Table.by_identity.merge!(nil => "nil", true => "true", false => "false").freeze

      def initialize(class_names, main_object)
        @class_names = class_names
        @main_object = main_object
      end

      def class_of(exception)
        Core::CLASS_OF.bind_call(exception)
      end

      def class_name(exception)
        @class_names.name_of_class(class_of(exception))
      end

      # Class and message, as the bytes that they are.
      def whole(exception)
        name = class_name(exception)
        "#{Text::SLICE.bind_call(name.b, 0, CLASS_SIZE_MAX)}: #{message(exception)}"
      end

      # "left by throw :tag"
      def throw(tag)
        "left by throw ".b << tag(tag)
      end

      # The String it was made with, nil when that is not what the message says.
      def string(exception)
        hidden = HiddenMessage.of(exception)
        return unless instance?(String, hidden)

        hidden unless Text.bytes(hidden) == THROW && instance?(UncaughtThrowError, exception)
      end

      # At most `size_max` bytes of the message.
      def part(exception, size_max)
        Text::SLICE.bind_call(message(exception), 0, size_max).force_encoding(Text::UTF8)
      end

      # As much of it as an event shows.
      def event(exception)
        Text::SLICE.bind_call(whole(exception), 0, TEXT_SIZE_MAX)
      end

      private

      # Binary.
      def message(exception)
        hidden = HiddenMessage.of(exception)
        return class_name(exception).b if NilClass.equal?(Core::CLASS_OF.bind_call(hidden))
        return text(exception, hidden) if instance?(String, hidden)
        return Text.bytes(Core::SYMBOL_TEXT.bind_call(hidden)) if instance?(Symbol, hidden)
        return name_error(exception, hidden) if NameErrorForms.message?(hidden)

        description(hidden).b
      end

      def text(exception, string)
        bytes = Text.bytes(string)
        return bytes unless bytes == THROW && instance?(UncaughtThrowError, exception)

        "#{THROW_START}#{tag(TAG.bind_call(exception))}"
      end

      def tag(tag)
        return ":".b << Core::SYMBOL_TEXT.bind_call(tag).b if instance?(Symbol, tag)
        return "\"".b << Text.bytes(tag) << "\"" if instance?(String, tag)

        description(tag).b
      end

      def name_error(exception, hidden)
        form, receiver = NameErrorForms.find(hidden)
        name = NAME.bind_call(exception) if instance?(NameError, exception)
        name = Core::SYMBOL_TEXT.bind_call(name) if instance?(Symbol, name)
        name = instance?(String, name) ? Text.bytes(name) : ""
        return "#{UNKNOWN}#{name}" if form.nil?

        form.fill(name: name, description: description(receiver).b, subject: subject(receiver).b).b
      end

      # A class or module by its name alone.
      def subject(object)
        instance?(Module, object) ? @class_names.words_of_class(object) : description(object)
      end

      # What Ruby 3.4 says of a receiver: never its inspect.
      def description(object)
        return WORDS.get(object) if WORDS.key?(object)
        return "main:Object" if Core::EQUAL.bind_call(@main_object, object)
        return "class #{@class_names.words_of_class(object)}" if instance?(Class, object)
        return "module #{@class_names.words_of_class(object)}" if instance?(Module, object)

        "an instance of #{class_name(object)}"
      end

      def instance?(klass, object)
        Core::INSTANCE_OF.bind_call(klass, object)
      end
    end
  end
end
