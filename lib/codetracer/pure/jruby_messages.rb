# frozen_string_literal: true

# The hidden message of an exception on JRuby, read from the Java objects behind it.
#
# Used by HiddenMessage and NameErrorForms there. Nothing of the program is called.
unless JRuby.respond_to?(:reference)
  known_features = $LOADED_FEATURES.dup
  require "jruby"
  $LOADED_FEATURES.replace(known_features) # the program has not asked for it
end

module CodeTracer
  module Pure
    module JrubyMessages
      # nil when there is none.
      def self.of(exception)
        JRuby.reference(exception).getMessage
      end

      # The format of a NameError's message object, as NameErrorForms::Form takes it. What stands
      # for the receiver's inspect and class is at the end.
      def self.pieces_of(message)
        place = 0
        part_of(message, "message").split(/(%(?:\d\$)?s)/).map do |piece|
          next piece unless piece.start_with?("%")

          number = piece[/\d/] || (place += 1)
          { 1 => :name, "1" => :name, "2" => :subject, 2 => :description }.fetch(number, "")
        end
      end

      # What the message object holds: its "message" (the format), "object" or "name".
      def self.part_of(message, name)
        reference = JRuby.reference(message)
        field = reference.java_class.declared_fields.find { |candidate| candidate.name == name }
        field.accessible = true
        field.value(reference)
      end
    end
  end
end
