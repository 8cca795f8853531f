# frozen_string_literal: true

# The command line asks for something that cannot be: exit status 2.
#
# Raised by all that reads options.
module CodeTracer
  class UsageError < StandardError
  end
end
