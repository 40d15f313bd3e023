// Asio's compiled part (ASIO_SEPARATE_COMPILATION): once here, instead of in every file that includes Asio.
#include <asio/impl/src.hpp>
